import { Suspense } from 'react';
import { Await } from 'react-router';
import { whenOpened } from '../gate.server.js';

export const meta = () => [{ title: 'Slow' }];

// A promise in what is loaded is not waited for: the page goes out, and what it resolves to follows.
export const loader = () => ({ late: whenOpened() });

export default function Slow({ loaderData }) {
	return (
		<>
			<h1>Slow</h1>
			<Suspense fallback={<p id="late">waiting</p>}>
				<Await resolve={loaderData.late}>{(text) => <p id="late">{text}</p>}</Await>
			</Suspense>
		</>
	);
}
