import { Section } from '../section.js';

const WANTED = 7;
/** If nothing comes for so long, in milliseconds, something is wrong. */
const PATIENCE = 10_000;

const section = new Section('events');

section.on('listen', async () => {
	const source = new EventSource('/events?count=3');
	let timer = 0;
	try {
		await new Promise((resolve, reject) => {
			const wait = () => {
				clearTimeout(timer);
				timer = setTimeout(() => reject(new Error('no event for ten seconds')), PATIENCE);
			};
			let events = 0;
			let opened = 0;
			wait();
			source.onopen = () => {
				if (++opened > 1) section.add('… the server ended the stream; the browser is back:');
			};
			source.addEventListener('tick', (event) => {
				wait();
				section.add(event.data);
				if (++events === WANTED) resolve();
			});
			source.onerror = () => {
				if (source.readyState === EventSource.CLOSED) reject(new Error('the stream could not be opened'));
			};
		});
	} finally {
		clearTimeout(timer);
		source.close();
	}
});
