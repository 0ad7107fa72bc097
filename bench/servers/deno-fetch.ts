/** A fetch handler on Deno.serve. */
import { hello } from './hello-fetch.ts';
import { listening } from './listening.ts';

interface Deno {
	serve(options: object, handler: (request: Request) => Response): unknown;
}
const deno = (globalThis as unknown as { Deno: Deno }).Deno;
deno.serve({ port: listening.port, hostname: listening.host, onListen: () => {} }, hello);
