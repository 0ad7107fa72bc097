import { data, Form } from 'react-router';
import { notes } from '../notes.server.js';

export const meta = () => [{ title: 'Notes' }];

export const loader = () => ({ notes });

export async function action({ request }) {
	const form = await request.formData();
	const text = String(form.get('text') ?? '').trim();
	if (text === '') return data({ wrong: 'A note has text.' }, { status: 400 });
	notes.push(text);
	return {};
}

export default function Notes({ loaderData, actionData }) {
	return (
		<>
			<h1>Notes</h1>
			<ul id="notes">
				{loaderData.notes.map((note) => (
					<li key={note}>{note}</li>
				))}
			</ul>
			<Form method="post">
				<input name="text" aria-label="Text of the note" />
				<button type="submit">Add</button>
			</Form>
			{actionData?.wrong && <p id="wrong">{actionData.wrong}</p>}
		</>
	);
}
