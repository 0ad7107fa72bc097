/** Hono on Bun.serve. */
import { app } from './hono-app.ts';
import { listening } from './listening.ts';

interface Bun {
	serve(options: object): unknown;
}
const bun = (globalThis as unknown as { Bun: Bun }).Bun;
bun.serve({ port: listening.port, hostname: listening.host, fetch: app.fetch });
