/** Serves the fixture as a fetch application, by the runtime's own server: Bun.serve or Deno.serve. */
import process from 'node:process';
import { richToFetch } from 'rsgi/adapters';
import { fixture } from './fixture-app.ts';

interface Runtimes {
	readonly Bun?: { serve(options: object): { readonly port: number } };
	readonly Deno?: { serve(options: object, handler: unknown): { readonly addr: { readonly port: number } } };
}

const { Bun, Deno } = globalThis as Runtimes;
const { fetch } = richToFetch(fixture, { log: (error) => console.error(error) });
const tls = JSON.parse(process.argv[2] ?? '{}') as { readonly cert?: string; readonly key?: string };
const where = { port: 0, hostname: '127.0.0.1' };

let port = 0;
if (Bun !== undefined) {
	port = Bun.serve({
		...where,
		fetch,
		development: false,
		idleTimeout: 0,
		// What the application threw before it answered.
		error: () => new Response('Internal Server Error\n', { status: 500 }),
	}).port;
} else if (Deno !== undefined) {
	port = Deno.serve({ ...where, ...tls, onListen() {} }, fetch).addr.port;
}
console.log(JSON.stringify({ url: `${tls.cert === undefined ? 'http' : 'https'}://127.0.0.1:${port}` }));
process.stdin.on('end', () => process.exit(0));
process.stdin.resume();
