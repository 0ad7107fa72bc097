import { useEffect, useState } from 'preact/hooks';

/** The page of a path; what it needs is in `data`, which the server has rendered in, or the client has fetched. */
export function App({ path, data, go }) {
	const follow = (event) => {
		event.preventDefault();
		go(new URL(event.currentTarget.href).pathname);
	};
	const Page = { '/': Home, '/notes': Notes, '/slow': Slow }[path] ?? NotFound;
	return (
		<>
			<nav>
				<a href="/" onClick={follow}>
					Home
				</a>{' '}
				<a href="/notes" onClick={follow}>
					Notes
				</a>{' '}
				<a href="/slow" onClick={follow}>
					Slow
				</a>
			</nav>
			<main>
				<Page data={data} go={go} />
			</main>
		</>
	);
}

function Home() {
	const [count, setCount] = useState(0);
	return (
		<>
			<h1>Home</h1>
			<img src="/picture.svg" alt="Two peaks" width="64" height="64" />
			<button type="button" id="count" onClick={() => setCount(count + 1)}>
				count is {count}
			</button>
		</>
	);
}

function Notes({ data, go }) {
	// Without JavaScript the form is sent as it stands, and the server answers with a redirect.
	const add = async (event) => {
		event.preventDefault();
		const form = event.currentTarget;
		await fetch('/api/notes', { method: 'POST', body: new FormData(form) });
		form.reset();
		go('/notes');
	};
	return (
		<>
			<h1>Notes</h1>
			<ul id="notes">
				{data.map((note) => (
					<li key={note}>{note}</li>
				))}
			</ul>
			<form method="post" action="/api/notes" onSubmit={add}>
				<input name="text" aria-label="Text of the note" />
				<button type="submit">Add</button>
			</form>
		</>
	);
}

/** Shows each line of a response as it comes. */
function Slow() {
	const [line, setLine] = useState('nothing yet');
	useEffect(() => {
		void (async () => {
			const response = await fetch('/api/late');
			for await (const text of response.body.pipeThrough(new TextDecoderStream())) setLine(text.trim());
		})();
	}, []);
	return (
		<>
			<h1>Slow</h1>
			<p id="late">{line}</p>
		</>
	);
}

function NotFound() {
	return <h1>There is no such page</h1>;
}
