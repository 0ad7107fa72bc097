import { Suspense } from 'react';
import { whenOpened } from '../memory.js';

export const dynamic = 'force-dynamic';
export const metadata = { title: 'Slow' };

export default function Slow() {
	return (
		<>
			<h1>Slow</h1>
			<Suspense fallback={<p id="late">waiting</p>}>
				<Late />
			</Suspense>
		</>
	);
}

async function Late() {
	return <p id="late">{await whenOpened()}</p>;
}
