import { fail } from '@sveltejs/kit';
import { notes } from '../../server/notes.js';

export const load = () => ({ notes });

export const actions = {
	default: async ({ request }) => {
		const form = await request.formData();
		const text = String(form.get('text') ?? '').trim();
		if (text === '') return fail(400, { wrong: 'A note has text.' });
		notes.push(text);
	},
};
