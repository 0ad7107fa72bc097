/** Runs one of our own load generators, for what h2load and wrk cannot do. */
import { fileURLToPath } from 'node:url';
import { run } from './command.ts';
import type { ServerProcess } from './server-process.ts';

/** The program of this name in clients/. */
export function clientCommand(name: string, server: ServerProcess, options: readonly string[]): readonly string[] {
	const { port, protocol } = server.start;
	return [
		fileURLToPath(new URL('../node_modules/.bin/node', import.meta.url)),
		fileURLToPath(new URL(`clients/${name}.ts`, import.meta.url)),
		...['--port', String(port), '--protocol', protocol],
		...options,
	];
}

/**
 * Runs it to its end.
 * @returns the figures it printed
 * @throws Error with what it printed when an answer was wrong
 */
export async function client(
	name: string,
	server: ServerProcess,
	options: readonly string[],
): Promise<Readonly<Record<string, number>> & { readonly seconds: number; readonly requests: number }> {
	return JSON.parse(await run(clientCommand(name, server, options), 60));
}
