import { useState } from 'react';

export const meta = () => [{ title: 'Home' }];

export default function Home() {
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
