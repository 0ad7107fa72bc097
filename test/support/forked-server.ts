/** Starts a server in a process of its own and asks it how it is. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { ServeOptions } from 'rsgi';
import { onTestFinished } from 'vitest';

/** A server elsewhere. */
export interface ForkedServer {
	readonly urls: string[];
	/** Collects garbage, and starts measuring the peak of its resident memory, in bytes, from what it is now. */
	baseline(): Promise<number>;
	/** The peak since the baseline, in bytes. */
	peak(): Promise<number>;
	/** Its resident memory after a collection, in bytes. */
	settled(): Promise<number>;
	/** What is reachable in its heap and outside of it after a collection, in bytes, and how many handles are active. */
	heap(): Promise<{ bytes: number; handles: number }>;
	connections(): Promise<number>;
	outcomes(): Promise<string[]>;
	close(): Promise<void>;
}

const SCRIPT = fileURLToPath(new URL('./server-process.ts', import.meta.url));
const FROM_SOURCE = fileURLToPath(new URL('../../scripts/from-source.ts', import.meta.url));

/** Starts one server for each set of options; it ends with the test. */
export function forkedServer(...options: ServeOptions[]): Promise<ForkedServer> {
	return forked([], options);
}

/** The same of `mixedApp`. */
export function forkedMixedServer(...options: ServeOptions[]): Promise<ForkedServer> {
	return forked(['mixed'], options);
}

async function forked(args: readonly string[], options: readonly ServeOptions[]): Promise<ForkedServer> {
	const child = fork(SCRIPT, args, { execArgv: ['--expose-gc', '--import', FROM_SOURCE] });
	onTestFinished(() => void child.kill('SIGKILL'));
	const ask = async <T>(what: string, more: object = {}): Promise<T> => {
		const answered = once(child, 'message') as Promise<[T]>;
		child.send({ what, ...more });
		return (await answered)[0];
	};
	return {
		urls: await ask<string[]>('serve', { options }),
		baseline: () => ask('baseline'),
		peak: () => ask('peak'),
		settled: () => ask('settled'),
		heap: () => ask('heap'),
		connections: () => ask('connections'),
		outcomes: () => ask('outcomes'),
		close: () => ask('close'),
	};
}
