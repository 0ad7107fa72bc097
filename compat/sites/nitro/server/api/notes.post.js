import { defineHandler, HTTPError } from 'nitro';
import { redirect } from 'nitro/h3';
import { notes } from '../notes.js';

export default defineHandler(async (event) => {
	const form = await event.req.formData();
	const text = String(form.get('text') ?? '').trim();
	if (text === '') throw new HTTPError({ status: 400, message: 'A note has text.' });
	notes.push(text);
	return redirect('/notes', 303);
});
