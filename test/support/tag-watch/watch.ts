/**
 * Looks at all that servers of this process send and log, for tags of escapes: no client and no log may ever see one (ESC-4). It
 * replaces what Node writes to sockets by, and to standard output and error: bytes that a server of ours sends, in plain, before
 * TLS, and those of node:http. What node:http2 sends is written by native code, so its clients look at it themselves.
 */
import { appendFileSync } from 'node:fs';
import { Socket } from 'node:net';
import { inspect } from 'node:util';
import { TagScan, tagIn } from './tag-scan.ts';

/** The file that findings go to: the run fails if there are any. */
export const FINDINGS = 'RSGI_TAG_FINDINGS';

type Write = (isMany: boolean, data: unknown, encoding: unknown, done: unknown) => void;
/** A socket by its members that are Node's own affair. */
interface AnySocket {
	readonly server?: unknown;
	readonly isServer?: boolean;
	readonly _tlsOptions?: { readonly isServer?: boolean };
}

let tell: (found: string) => void = record;

/** Tells what was found to somebody else, until the promise has settled: for the tests of the watch itself. */
export async function foundIn(run: () => Promise<unknown>): Promise<string[]> {
	const findings: string[] = [];
	tell = (found) => void findings.push(found);
	try {
		await run();
	} finally {
		tell = record;
	}
	return findings;
}

/** Something was logged that is not standard error. */
export function watchLog(logged: unknown): void {
	const found = tagIn(inspect(logged, { depth: 8 }));
	if (found !== null) tell(`${found} in a log`);
}

function record(found: string): void {
	const file = process.env[FINDINGS];
	if (file === undefined) throw new Error(`A tag of an escape was seen, and there is nowhere to say so: ${found}`);
	appendFileSync(file, `${found}\n${new Error('seen').stack}\n\n`);
}

/** Begins to watch this process. */
export function watchProcess(): void {
	const prototype = Socket.prototype as unknown as { _writeGeneric: Write };
	const scans = new WeakMap<AnySocket, TagScan>();
	const write = prototype._writeGeneric;
	if (typeof write !== 'function')
		throw new Error('Socket has no _writeGeneric in this Node: watch what it has instead.');
	prototype._writeGeneric = function (this: AnySocket, isMany, data, encoding, done): void {
		if (isOfServer(this)) {
			const scan = scans.get(this) ?? new TagScan();
			scans.set(this, scan);
			for (const [chunk, coding] of isMany ? pieces(data) : [[data, encoding]]) {
				const found = scan.next(octets(chunk, coding));
				if (found !== null) tell(`${found} was sent`);
			}
		}
		write.call(this, isMany, data, encoding, done);
	} as Write;
	for (const stream of [process.stdout, process.stderr]) {
		const out = stream.write;
		stream.write = function (this: typeof stream, ...given: unknown[]): boolean {
			const found = typeof given[0] === 'string' ? tagIn(given[0]) : new TagScan().next(given[0] as Uint8Array);
			if (found !== null) tell(`${found} on standard output or error`);
			return (out as (...all: unknown[]) => boolean).apply(this, given);
		} as typeof stream.write;
	}
}

function isOfServer(socket: AnySocket): boolean {
	// Set on what a server has accepted, and on the encrypted socket above it.
	return (socket.server !== undefined && socket.server !== null) || socket._tlsOptions?.isServer === true;
}

function pieces(data: unknown): [unknown, unknown][] {
	return (data as { chunk: unknown; encoding: unknown }[]).map(({ chunk, encoding }) => [chunk, encoding]);
}

function octets(chunk: unknown, encoding: unknown): Uint8Array {
	return typeof chunk === 'string' ? Buffer.from(chunk, encoding as BufferEncoding) : (chunk as Uint8Array);
}
