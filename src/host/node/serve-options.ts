/** How a server is set up, and what of it makes no sense. Each part checks its own values where it uses them. */
import { MEMORY } from '../../connection/memory-budget.ts';
import type { ConnectionSettingsInit } from '../../connection/settings.ts';
import { described } from '../../rich/described.ts';
import type { ConnectionSource } from './connection-source.ts';
import type { ListenOptions } from './listen.ts';
import type { Log } from './log.ts';
import { checkTrusted, type ProxyTrust } from './proxied.ts';
import type { ServeTls } from './tls-options.ts';

/** Limits of a server, and of each of its connections. Everything has a default. */
export interface ServeLimits extends ConnectionSettingsInit {
	/** How long a TLS handshake may take, in milliseconds; 10 s by default. */
	readonly handshakeTimeout?: number;
	/**
	 * How many connections may be open; 10,000 by default. One more is closed at once, so that those that are open keep what
	 * they need.
	 */
	readonly connections?: number;
	/**
	 * Octets that all connections may hold together: output that has not left, and input that nobody has taken; 256 MiB by default.
	 * Beyond it those that hold most for longest are closed. 0 for no such limit.
	 */
	readonly memory?: number;
}

/** How a server is set up. Everything has a default. */
export interface ServeOptions extends ListenOptions, ServeLimits {
	/**
	 * The HTTP versions spoken: both by default, chosen by ALPN on TLS and by a connection's first bytes on a plain port.
	 * With one alone, nothing is chosen: a plain HTTP/2 port takes the preface and nothing else.
	 */
	readonly versions?: 'both' | '1.1' | '2';
	/** TLS with HTTP/2 and HTTP/1.1 by ALPN; without it plain HTTP/1.1 and HTTP/2 with prior knowledge. */
	readonly tls?: ServeTls;
	/** Where faults go; standard error by default. */
	readonly log?: Log;
	/** Where connections come from, in place of listening. */
	readonly source?: ConnectionSource;
	/**
	 * Whose connections begin with a header of the PROXY protocol, version 1 or 2, which names the client: addresses or ranges, as
	 * `['10.0.0.0/8', '::1']`, and `unix` for whoever reaches a Unix socket. Such a header is required of them (SERVE-2), and of
	 * nobody else is it taken. Nobody by default.
	 */
	readonly proxyProtocol?: ProxyTrust;
}

/** The defaults of what bounds a server as a whole; docs/limits.md has the reasons. */
export const SERVER_LIMITS: Readonly<Required<Omit<ServeLimits, keyof ConnectionSettingsInit>>> = {
	/** Some 170 MiB of resident memory when all are idle (test/long/RESULTS.md). */
	connections: 10_000,
	handshakeTimeout: 10_000,
	memory: MEMORY,
};

const TIMES: Check = [(value) => typeof value === 'number' && value > 0, 'a number of milliseconds above 0'];
const TEXT: Check = [(value) => typeof value === 'string' && value !== '', 'a text'];
const GROUP: Check = [(value) => typeof value === 'object' && value !== null, 'an object with settings by name'];

/** Whether a value is good, and what is expected. */
type Check = readonly [good: (value: unknown) => boolean, expected: string];

const CHECKS: Readonly<Record<keyof ServeOptions, Check>> = {
	port: [
		(value) => Number.isInteger(value) && (value as number) >= 0 && (value as number) <= 65535,
		'a number from 0 to 65535',
	],
	host: TEXT,
	unix: TEXT,
	unixMode: [
		(value) => Number.isInteger(value) && (value as number) >= 0 && (value as number) <= 0o777,
		'a mode from 0 to 0o777',
	],
	fd: [(value) => Number.isInteger(value) && (value as number) >= 3, 'the number of an open descriptor, from 3 on'],
	backlog: [(value) => Number.isInteger(value) && (value as number) > 0, 'a whole number above 0'],
	versions: [(value) => value === 'both' || value === '1.1' || value === '2', "'both', '1.1' or '2'"],
	tls: [
		isTls,
		"an object with cert and key, both PEM, as { cert: readFileSync('cert.pem'), key: readFileSync('key.pem') }",
	],
	handshakeTimeout: TIMES,
	connections: [(value) => Number.isInteger(value) && (value as number) > 0, 'a whole number above 0'],
	memory: [(value) => typeof value === 'number' && value >= 0, 'a number of octets, or 0 for no limit'],
	log: [(value) => typeof value === 'function', 'a function that takes an entry'],
	source: GROUP,
	proxyProtocol: [checkTrusted, "a list of addresses and ranges, as ['10.0.0.0/8', 'unix']"],
	http1: GROUP,
	http2: GROUP,
	output: GROUP,
	timeouts: GROUP,
};

/**
 * Refuses options that make no sense; an option that is undefined has its default.
 * @throws RangeError that says what is expected
 */
export function checkOptions(options: ServeOptions): void {
	if (typeof options !== 'object' || options === null) {
		throw new RangeError(`The options of serve() are an object, as { port: 8000 }, not ${given(options)}.`);
	}
	for (const [name, value] of Object.entries(options)) {
		const check = Object.hasOwn(CHECKS, name) ? CHECKS[name as keyof ServeOptions] : undefined;
		if (check === undefined) {
			throw new RangeError(`serve() has no option ${name}; there are: ${Object.keys(CHECKS).join(', ')}.`);
		}
		if (value !== undefined && !check[0](value)) {
			throw new RangeError(`The option ${name} of serve() is ${check[1]}, not ${given(value)}.`);
		}
	}
}

function isTls(value: unknown): boolean {
	if (typeof value !== 'object' || value === null) return false;
	const { cert, key } = value as { cert?: unknown; key?: unknown };
	return isPem(cert) && isPem(key);
}

function isPem(value: unknown): boolean {
	return typeof value === 'string' || value instanceof Uint8Array;
}

/** A value as it is written in source, where that is short. */
function given(value: unknown): string {
	if (typeof value === 'string') return JSON.stringify(value);
	return typeof value === 'number' || typeof value === 'boolean' ? String(value) : described(value);
}
