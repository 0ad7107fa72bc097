/** Deno.serve. */
import { answer } from './fetch-handler.ts';
import { listening } from './listening.ts';

interface Deno {
	serve(options: object, handler: (request: Request) => Response | Promise<Response>): unknown;
}
const deno = (globalThis as unknown as { Deno: Deno }).Deno;
deno.serve({ port: listening.port, hostname: listening.host, ...(listening.tls ?? {}), onListen: () => {} }, answer);
