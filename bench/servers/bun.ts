/** Bun.serve. */
import { answer } from './fetch-handler.ts';
import { listening } from './listening.ts';

interface Bun {
	serve(options: object): unknown;
}
const bun = (globalThis as unknown as { Bun: Bun }).Bun;
bun.serve({
	port: listening.port,
	hostname: listening.host,
	maxRequestBodySize: 1_073_741_824,
	...(listening.tls ? { tls: listening.tls } : {}),
	fetch: answer,
});
