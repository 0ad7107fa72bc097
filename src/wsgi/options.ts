/** How Python workers are set up, and what of it makes no sense (WSGI-1). */
import { resolve } from 'node:path';
import { TopicHub, type Topics } from '../app/websocket/topics.ts';
import { described } from '../rich/described.ts';
import { Misuse } from '../wire/fault.ts';
import { layerOf } from '../wire/layer.ts';
import type { Remotes } from './escape/remotes.ts';

/** How the workers of an application are set up. Times are in milliseconds. */
export interface WsgiOptions {
	/** How many processes; 2 by default. */
	readonly workers?: number | undefined;
	/** How many threads each has, and so how many requests it answers at a time; 4 by default. */
	readonly threads?: number | undefined;
	/** The interpreter, as a path from where this process is, or a name to be found; `python3` by default. CPython 3.9 or later. */
	readonly python?: string | undefined;
	/** Where the application is imported from, and what its working directory is; that of this process by default. */
	readonly chdir?: string | undefined;
	/** Environment variables beside those of this process; undefined takes one away. */
	readonly env?: Readonly<Record<string, string | undefined>> | undefined;
	/** How long an application may take until it begins its response; 60 s by default, 0 for as long as it likes. */
	readonly timeout?: number | undefined;
	/** How many requests may wait for a thread; 1000 by default. Those beyond are answered 503. */
	readonly queue?: number | undefined;
	/** How long a request may wait for a thread; 30 s by default, 0 for as long as it takes. */
	readonly queueTimeout?: number | undefined;
	/** After how many requests a worker is replaced by a new one; 0, the default, for never. */
	readonly maxRequests?: number | undefined;
	/** Up to how many more it may be, by chance for each worker, so that not all are replaced at once; 0 by default. */
	readonly maxRequestsJitter?: number | undefined;
	/** How long a worker may take to import the application; 60 s by default, 0 for as long as it takes. */
	readonly startTimeout?: number | undefined;
	/** How long the requests of a worker that is to end may go on; 30 s by default, 0 for as long as they take. */
	readonly drainTimeout?: number | undefined;
	/** How long a worker may take to end once it has been told to; then it is killed. 5 s by default. */
	readonly killTimeout?: number | undefined;
	/** Whether the workers are replaced when files of the application change, below `chdir`; for development. */
	readonly watch?: boolean | undefined;
	/**
	 * What Python escapes to by `rsgi.remote(name, data)`: rich applications, started and stopped with the workers, or functions that are given
	 * the data and give one.
	 */
	readonly remotes?: Remotes | undefined;
	/** The topics of the WebSockets in Python, to publish to from here too; of the application's own by default. */
	readonly topics?: Topics | undefined;
	/** Told what becomes of the workers, a line each, with the error if there is one; standard error by default. Must not throw. */
	readonly log?: ((message: string, error?: unknown) => void) | undefined;
}

/** The same, with nothing left open. */
export type WsgiSettings = { readonly [Name in keyof WsgiOptions]-?: Exclude<WsgiOptions[Name], undefined> };

const FROM_ONE = [
	(value: unknown) => Number.isInteger(value) && (value as number) >= 1,
	'a whole number from 1',
] as const;
const FROM_ZERO = [
	(value: unknown) => Number.isInteger(value) && (value as number) >= 0,
	'a whole number from 0',
] as const;
const TIME = [
	(value: unknown) => typeof value === 'number' && value >= 0,
	'a number of milliseconds, or 0 for no limit',
] as const;
const TEXT = [(value: unknown) => typeof value === 'string' && value !== '', 'a text that is not empty'] as const;

const CHECKS: { readonly [Name in keyof WsgiOptions]-?: readonly [(value: unknown) => boolean, string] } = {
	workers: FROM_ONE,
	threads: [(value) => FROM_ONE[0](value) && (value as number) <= 256, 'a whole number from 1 to 256'],
	python: TEXT,
	chdir: TEXT,
	env: [isEnvironment, 'an object with a text for each name'],
	timeout: TIME,
	queue: FROM_ZERO,
	queueTimeout: TIME,
	maxRequests: FROM_ZERO,
	maxRequestsJitter: FROM_ZERO,
	startTimeout: TIME,
	drainTimeout: TIME,
	killTimeout: [(value) => typeof value === 'number' && value > 0, 'a number of milliseconds above 0'],
	watch: [(value) => typeof value === 'boolean', 'true or false'],
	remotes: [isRemotes, 'an object with a rich application, or a function of the data that gives one, for each name'],
	topics: [(value) => value instanceof TopicHub, 'what topics() of rsgi/websocket gives'],
	log: [(value) => typeof value === 'function', 'a function that takes a message and an error'],
};

/** @throws Misuse for options that make no sense (WSGI-1) */
export function wsgiSettings(options: WsgiOptions): WsgiSettings {
	if (typeof options !== 'object' || options === null) {
		throw new Misuse('WSGI-1', `The options of wsgi() are an object, as { workers: 2 }, not ${described(options)}.`);
	}
	for (const [name, value] of Object.entries(options)) {
		const check = Object.hasOwn(CHECKS, name) ? CHECKS[name as keyof WsgiOptions] : undefined;
		if (check === undefined) {
			throw new Misuse('WSGI-1', `wsgi() has no option ${name}; there are: ${Object.keys(CHECKS).join(', ')}.`);
		}
		if (value !== undefined && !check[0](value)) {
			throw new Misuse('WSGI-1', `The option ${name} of wsgi() is ${check[1]}, not ${shown(value)}.`);
		}
	}
	return {
		workers: options.workers ?? 2,
		threads: options.threads ?? 4,
		python: interpreter(options.python ?? 'python3'),
		chdir: options.chdir ?? process.cwd(),
		env: options.env ?? {},
		timeout: options.timeout ?? 60_000,
		queue: options.queue ?? 1000,
		queueTimeout: options.queueTimeout ?? 30_000,
		maxRequests: options.maxRequests ?? 0,
		maxRequestsJitter: options.maxRequestsJitter ?? 0,
		startTimeout: options.startTimeout ?? 60_000,
		drainTimeout: options.drainTimeout ?? 30_000,
		killTimeout: options.killTimeout ?? 5000,
		watch: options.watch ?? false,
		remotes: options.remotes ?? {},
		topics: options.topics ?? new TopicHub({}),
		log: options.log ?? standardError,
	};
}

/** A path is one from here, as shells have it, and not from the folder of the application, where the process begins. */
function interpreter(python: string): string {
	return python.includes('/') ? resolve(python) : python;
}

function isEnvironment(value: unknown): boolean {
	if (typeof value !== 'object' || value === null) return false;
	return Object.values(value).every((each) => each === undefined || typeof each === 'string');
}

function isRemotes(value: unknown): boolean {
	if (typeof value !== 'object' || value === null) return false;
	return Object.values(value).every((each) => typeof each === 'function' && ['rich', null].includes(layerOf(each)));
}

function shown(value: unknown): string {
	return typeof value === 'string' || typeof value === 'number' ? JSON.stringify(value) : described(value);
}

function standardError(message: string, error?: unknown): void {
	const text = error === undefined ? message : `${message}\n${error instanceof Error ? error.stack : String(error)}`;
	process.stderr.write(`rsgi: ${text}\n`);
}
