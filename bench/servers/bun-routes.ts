/** Bun.serve with the response made beforehand, so that no handler is called: what it can do at most. */
import { listening } from './listening.ts';

interface Bun {
	serve(options: object): unknown;
}
const bun = (globalThis as unknown as { Bun: Bun }).Bun;
bun.serve({
	port: listening.port,
	hostname: listening.host,
	routes: { '/hello': new Response('Hello, world!') },
	fetch: () => new Response(null, { status: 404 }),
});
