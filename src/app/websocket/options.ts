/** How a WebSocket application is set up, and what of it makes no sense. */
import type { DeflateCodec } from '../../engine/websocket/deflate-codec.ts';
import { WEBSOCKET_LIMITS, type WebSocketLimits } from '../../engine/websocket/limits.ts';
import type { DeflatePolicy } from '../../engine/websocket/permessage-deflate.ts';
import { type RichApp, requireRich } from '../../rich/app.ts';
import { described } from '../../rich/described.ts';
import type { Exchange } from '../../rich/exchange.ts';
import { Misuse } from '../../wire/fault.ts';
import { isToken } from '../../wire/grammar.ts';
import { TopicHub, type Topics } from './topics.ts';

/** How messages are compressed. */
export interface CompressionOptions {
	/** Whether our messages may refer back to earlier ones: smaller, slower, and no longer made once for all subscribers. No by default. */
	readonly contextTakeover?: boolean;
	/** Whether clients' messages may; yes by default. It costs a window of memory for each socket, as far as it is used. */
	readonly clientContextTakeover?: boolean;
	/** The window of our messages, 8 to 15 bits; 15 by default. */
	readonly windowBits?: number;
	/** The window that clients are asked to keep to, 8 to 15 bits; 15 by default. */
	readonly clientWindowBits?: number;
	/** From so many octets on messages are compressed, up to 2 MiB; 1024 by default. `compress` of `send` says otherwise. */
	readonly threshold?: number;
	/** 1 (fast) to 9 (small); 3 by default. Long messages are compressed faster: each takes some 30 ms at the most. */
	readonly level?: number;
}

/** How a WebSocket application is set up. Everything has a default. */
export interface WebSocketOptions {
	/** The subprotocols spoken, what is preferred first. The first of them that the client offers is agreed on. */
	readonly subprotocols?: readonly string[];
	/**
	 * Which pages may connect, by their Origin: `same` (the default) the host that they connect to, `any`, a list as
	 * `['https://example.org']`, or a function. Clients that are no browsers send no Origin, and may always.
	 */
	readonly origins?: 'same' | 'any' | readonly string[] | ((origin: string, exchange: Exchange) => boolean);
	/** permessage-deflate; false by default. */
	readonly compression?: boolean | CompressionOptions;
	readonly limits?: Partial<WebSocketLimits>;
	/** After so many milliseconds of silence a Ping is sent; 30000 by default, 0 for never. Kept to about a second. */
	readonly pingEvery?: number;
	/** After so many milliseconds of silence a client is taken for dead; 120000 by default, 0 for never. */
	readonly idle?: number;
	/** How long the closing handshake may take, in milliseconds; 5000 by default. */
	readonly closing?: number;
	/**
	 * Whether messages are delivered while `send` has said false and `drain` has not come; no by default, so that a client
	 * that sends and does not read is slowed down.
	 */
	readonly readsWhileBlocked?: boolean;
	/** Made by `topics()`, to share them; the application's own by default. */
	readonly topics?: Topics;
	/** What answers requests that do not ask for a WebSocket; 426 by default. */
	readonly otherwise?: RichApp;
}

/** The options, complete. */
export interface WebSocketSettings {
	readonly subprotocols: readonly string[];
	readonly origins: NonNullable<WebSocketOptions['origins']>;
	readonly deflate: DeflatePolicy | null;
	readonly codec: DeflateCodec | null;
	readonly threshold: number;
	readonly limits: WebSocketLimits;
	readonly times: { readonly pingEvery: number; readonly idle: number; readonly closing: number };
	readonly readsWhileBlocked: boolean;
	readonly topics: TopicHub;
	readonly otherwise: RichApp | null;
}

const KNOWN: ReadonlySet<string> = new Set<keyof WebSocketOptions>([
	...(['subprotocols', 'origins', 'compression', 'limits', 'pingEvery', 'idle', 'closing'] as const),
	...(['readsWhileBlocked', 'topics', 'otherwise'] as const),
]);

/**
 * Checks options, and gives each its default.
 * @param codec makes a codec of a level; null where there is none
 * @throws Misuse (WS-1)
 */
export function webSocketSettings(
	options: WebSocketOptions,
	codec: ((level: number) => DeflateCodec) | null,
): WebSocketSettings {
	if (typeof options !== 'object' || options === null) wrong(`options are an object, not ${described(options)}`);
	for (const name of Object.keys(options)) {
		if (!KNOWN.has(name)) wrong(`there is no option ${name}; there are: ${[...KNOWN].join(', ')}`);
	}
	const { subprotocols = [], origins = 'same', compression = false } = options;
	const { readsWhileBlocked = false, topics = new TopicHub({}), otherwise } = options;
	for (const name of subprotocols) if (!isToken(name)) wrong(`the subprotocol ${JSON.stringify(name)} is no token`);
	if (!(topics instanceof TopicHub)) wrong('topics are made by topics()');
	if (typeof origins !== 'function' && !Array.isArray(origins) && origins !== 'same' && origins !== 'any') {
		wrong("origins are 'same', 'any', a list or a function");
	}
	const limits = { ...WEBSOCKET_LIMITS, ...options.limits };
	for (const [name, value] of Object.entries(limits)) {
		if (!Object.hasOwn(WEBSOCKET_LIMITS, name)) wrong(`there is no limit ${name}`);
		whole(`limits.${name}`, value, 1, 2 ** 31);
	}
	const {
		contextTakeover = false,
		clientContextTakeover = true,
		threshold = 1024,
		level = 3,
		...bits
	} = typeof compression === 'object' ? compression : {};
	const { windowBits = 15, clientWindowBits = 15 } = bits;
	whole('compression.windowBits', windowBits, 8, 15);
	whole('compression.clientWindowBits', clientWindowBits, 8, 15);
	whole('compression.threshold', threshold, 0, 2 ** 31);
	whole('compression.level', level, 1, 9);
	if (compression !== false && codec === null) wrong('compression needs rsgi/websocket, which has a codec');
	return {
		subprotocols,
		origins,
		deflate: compression === false ? null : { contextTakeover, clientContextTakeover, windowBits, clientWindowBits },
		codec: compression === false || codec === null ? null : codec(level),
		threshold,
		limits,
		times: {
			pingEvery: time('pingEvery', options.pingEvery ?? 30_000),
			idle: time('idle', options.idle ?? 120_000),
			closing: time('closing', options.closing ?? 5000),
		},
		readsWhileBlocked,
		topics,
		otherwise: otherwise === undefined ? null : requireRich(otherwise, 'the option otherwise of websocket()'),
	};
}

function time(name: string, value: number): number {
	if (typeof value !== 'number' || !(value >= 0 && value < 2 ** 31))
		wrong(`${name} is a time in milliseconds, not ${String(value)}`);
	return value;
}

function whole(name: string, value: number, least: number, most: number): void {
	if (!Number.isInteger(value) || value < least || value > most) {
		wrong(`${name} is a whole number from ${least} to ${most}, not ${String(value)}`);
	}
}

function wrong(what: string): never {
	throw new Misuse('WS-1', `websocket(): ${what}.`);
}
