import Image from 'next/image';
import { Counter } from './counter.js';

export default function Home() {
	return (
		<>
			<h1>Home</h1>
			<Image src="/picture.png" alt="Two peaks" width={64} height={64} loading="eager" />
			<Counter />
		</>
	);
}
