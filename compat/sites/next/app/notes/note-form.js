'use client';
import { useActionState } from 'react';
import { addNote } from './add-note.js';

export function NoteForm() {
	const [wrong, add] = useActionState(addNote, null);
	return (
		<form action={add}>
			<input name="text" aria-label="Text of the note" />
			<button type="submit">Add</button>
			{wrong && <p id="wrong">{wrong}</p>}
		</form>
	);
}
