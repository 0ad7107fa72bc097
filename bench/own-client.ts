/** Runs one of our own load generators, for what h2load and wrk cannot do. */
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { run } from './command.ts';
import { CORES, type ServerProcess } from './server-process.ts';

/** The program of this name in clients/. */
function clientCommand(name: string, server: ServerProcess, options: readonly string[]): readonly string[] {
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

/** What a client prints, line by line, and a word for it. */
interface Talk {
	readonly said: AsyncIterable<unknown>;
	say(word: string): void;
}

/**
 * Runs one that we talk with, for as long as `talk` takes; the end of its input tells it to end.
 * @returns what `talk` returns
 * @throws Error with what it printed when it ended before `talk` had what it wanted, which is then null
 */
export async function talkWith<T>(
	name: string,
	server: ServerProcess,
	options: readonly string[],
	talk: (client: Talk) => Promise<T | null>,
): Promise<T> {
	const child = spawn('taskset', ['-c', CORES.client, ...clientCommand(name, server, options)], {
		stdio: ['pipe', 'pipe', 'pipe'],
	});
	let errors = '';
	child.stderr.on('data', (text: Buffer) => {
		errors = (errors + text.toString()).slice(-2000);
	});
	const gone = new Promise((resolve) => child.once('exit', resolve));
	const force = setTimeout(() => child.kill('SIGKILL'), 60_000);
	async function* said(): AsyncGenerator<unknown> {
		for await (const line of createInterface({ input: child.stdout })) yield JSON.parse(line);
	}
	try {
		const found = await talk({ said: said(), say: (word) => child.stdin.write(`${word}\n`) });
		if (found === null) throw new Error(`the client ${name} ended: ${errors}`);
		return found;
	} finally {
		child.stdin.end();
		await gone;
		clearTimeout(force);
	}
}

/** What one that says when it is ready has said. */
interface Said {
	readonly ready?: true;
	readonly seconds: number;
	readonly requests: number;
}

/**
 * Runs one that says when it is ready, and then waits for a line.
 * @returns the same; and the processor time of the server from there to the end, in seconds
 * @throws Error with what it printed when an answer was wrong
 */
export async function readyClient(
	name: string,
	server: ServerProcess,
	options: readonly string[],
): Promise<{ readonly seconds: number; readonly requests: number; readonly cpuSeconds: number }> {
	return await talkWith(name, server, options, async ({ said, say }) => {
		let before = 0;
		for await (const line of said) {
			const figures = line as Said;
			if (figures.ready !== true) return { ...figures, cpuSeconds: server.cpuSeconds() - before };
			before = server.cpuSeconds();
			say('begin');
		}
		return null;
	});
}
