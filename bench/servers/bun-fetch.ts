/** A fetch handler on Bun.serve. */
import { hello } from './hello-fetch.ts';
import { listening } from './listening.ts';

interface Bun {
	serve(options: object): unknown;
}
const bun = (globalThis as unknown as { Bun: Bun }).Bun;
bun.serve({ port: listening.port, hostname: listening.host, fetch: hello });
