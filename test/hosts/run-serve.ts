/** Serves the fixture by serve() of the package, on whichever runtime runs this; tells where, and stops when its input ends. */
import process from 'node:process';
import { type ServeOptions, serve } from 'rsgi';
import { fixture } from './fixture-app.ts';

const options = JSON.parse(process.argv[2] ?? '{}') as ServeOptions;
const server = await serve(fixture, { ...options, log: (entry) => console.error(entry.message, entry.error) });
console.log(JSON.stringify({ url: server.url }));
process.stdin.on('end', async () => {
	await server.close({ graceful: false });
	console.log('closed');
	process.exit(0);
});
process.stdin.resume();
