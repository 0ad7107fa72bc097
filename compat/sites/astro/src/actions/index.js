import { defineAction } from 'astro:actions';
import { z } from 'astro/zod';
import { notes } from '../server/notes.js';

export const server = {
	addNote: defineAction({
		accept: 'form',
		input: z.object({ text: z.string().trim().min(1, 'A note has text.') }),
		handler: ({ text }) => {
			notes.push(text);
		},
	}),
};
