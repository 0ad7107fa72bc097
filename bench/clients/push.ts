/** Asks for what is answered with a push: so many requests, so many at once. Counts both responses of each. */
import { type Open, openAll, options, report } from './open.ts';

let sent = 0;
let left = options.requests;
let pushes = 0;

const { promise: done, resolve } = Promise.withResolvers<void>();
const connections: Open[] = [];
function next(connection: Open): void {
	if (sent < options.requests) {
		sent++;
		connection.ask();
	}
}
connections.push(
	...(await openAll(
		(index) => ({
			ended(stream) {
				if (stream % 2 === 0) pushes++;
				else {
					left--;
					next(connections[index] as Open);
				}
				if (left === 0 && pushes >= options.requests) resolve();
			},
		}),
		true,
	)),
);
const began = performance.now();
const late = setTimeout(() => {
	console.error(`${left} responses and ${options.requests - pushes} pushed ones have not come`);
	process.exit(1);
}, 30_000);
for (const connection of connections) for (let at = 0; at < options.streams; at++) next(connection);
await done;
clearTimeout(late);
const seconds = (performance.now() - began) / 1000;
for (const connection of connections) connection.close();
report({ requests: options.requests, seconds });
