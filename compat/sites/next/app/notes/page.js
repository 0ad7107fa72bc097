import { notes } from '../memory.js';
import { NoteForm } from './note-form.js';

export const dynamic = 'force-dynamic';
export const metadata = { title: 'Notes' };

export default function Notes() {
	return (
		<>
			<h1>Notes</h1>
			<ul id="notes">
				{notes().map((note) => (
					<li key={note}>{note}</li>
				))}
			</ul>
			<NoteForm />
		</>
	);
}
