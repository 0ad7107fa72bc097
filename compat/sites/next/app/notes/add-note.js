'use server';
import { revalidatePath } from 'next/cache';
import { notes } from '../memory.js';

export async function addNote(_state, form) {
	const text = String(form.get('text') ?? '').trim();
	if (text === '') return 'A note has text.';
	notes().push(text);
	revalidatePath('/notes');
	return null;
}
