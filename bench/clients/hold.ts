/**
 * Holds connections: each has one request answered and is then idle, or has so many responses that begin and do not end.
 * Says when all are there, and lets go of them when its standard input ends.
 */
import { type Open, open, options, report } from './open.ts';

/** How many are opened at once; a server's backlog would not take all of them. */
const AT_ONCE = 32;

const held: Open[] = [];

function hold(): Promise<void> {
	return new Promise((resolve, reject) => {
		let wanted = Math.max(1, options.streams);
		const one = (): void => {
			if (--wanted === 0) resolve();
		};
		const isOpen = options.streams > 0;
		open(
			isOpen ? { begun: one, ended: () => reject(new Error('a response ended that is held')) } : { ended: one },
		).then((connection) => {
			held.push(connection);
			for (let at = 0; at < Math.max(1, options.streams); at++) connection.ask();
		}, reject);
	});
}

let begun = 0;
async function some(): Promise<void> {
	while (begun++ < options.connections) await hold();
}
await Promise.all(Array.from({ length: AT_ONCE }, some));
report({ ready: true });
process.stdin.on('end', () => process.exit(0)).resume();
