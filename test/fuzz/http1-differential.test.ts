/**
 * Request heads against node:http and its llhttp, which is strict unless told otherwise: the same is taken and refused, and a head that both
 * take says the same. Each disagreement is explained here, or fails.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { createServer, type IncomingMessage } from 'node:http';
import { Duplex } from 'node:stream';
import { expect, test } from 'vitest';
import { latin1Bytes, latin1Decode } from '../../src/wire/latin1.ts';
import { Talk } from '../support/http1-talk.ts';
import { mutated } from './mutate.ts';
import { Random } from './random.ts';
import { target } from './target/http1.ts';

/** What became of a head: `taken` with its parts, or `refused` with the reason. */
interface Answer {
	readonly taken: string | null;
	readonly why: string;
}

/** A connection that gives octets and ends. */
class Given extends Duplex {
	constructor(octets: Uint8Array) {
		super();
		this.push(octets);
		this.push(null);
	}
	override _read(): void {}
	override _write(_chunk: unknown, _encoding: string, done: () => void): void {
		done();
	}
}

const server = createServer({ requireHostHeader: false, maxHeaderSize: 1 << 16 });

const [accept] = server.listeners('connection') as [(socket: unknown) => void];

/** The first request of these octets, as node:http has it. */
function theirs(octets: Uint8Array): Promise<Answer> {
	return new Promise((resolve) => {
		const socket = new Given(octets);
		const told = (message: IncomingMessage): void => {
			if (message.socket !== (socket as unknown)) return;
			resolve({ taken: shown(message.method, message.url, message.httpVersion, message.rawHeaders), why: '' });
			socket.destroy();
		};
		const failed = (error: Error & { code?: string }, of: unknown): void => {
			if (of === socket) resolve({ taken: null, why: `${error.code} ${error.message}` });
			socket.destroy();
		};
		server.removeAllListeners();
		server.on('request', told);
		server.on('checkContinue', told);
		server.on('checkExpectation', told);
		server.on('connect', told);
		server.on('upgrade', told);
		server.on('clientError', failed);
		socket.on('close', () => resolve({ taken: null, why: 'no request' }));
		accept.call(server, socket);
	});
}

/** The same of our engine. */
function ours(octets: Uint8Array): Answer {
	const talk = new Talk(() => {});
	talk.feed(octets);
	const [first] = talk.exchanges;
	if (first === undefined) return { taken: null, why: String(talk.faults[0] ?? 'no request') };
	const { method, target, httpVersion, fields } = first.head;
	return { taken: shown(method, target, httpVersion, fields.lines), why: '' };
}

function shown(method: unknown, target: unknown, version: string, lines: readonly string[]): string {
	return JSON.stringify([method, target, version, lines]);
}

/** What they do, what we do, and why. */
const EXPLAINED: readonly (readonly [ours: RegExp, theirs: RegExp, why: string])[] = [
	[/^taken/, /^HPE_INVALID_METHOD/, 'RFC 9110 §16.1: methods can be added; llhttp knows a list of them'],
	[
		/not chunked. \(RFC 9112 §6.3\)/,
		/^taken/,
		'RFC 9112 §6.3: a request must not end with another coding; llhttp tells so behind the head',
	],
	[
		/other than chunked/,
		/^taken/,
		'RFC 9112 §6.1: no other coding is undone here; node:http leaves that to the application',
	],
	[/without an HTTP version/, /^taken/, 'RFC 9112 §3: HTTP/0.9, which llhttp still takes from some methods'],
	[
		/no Host field/,
		/^taken/,
		'RFC 9112 §3.2: node:http refuses this in its server, unless told not to as here, so as to compare parsers',
	],
	[/more than one Host/, /^taken/, 'RFC 9112 §3.2: node:http gives the first'],
	[/value of Host is not/, /^taken/, 'RFC 9112 §3.2: node:http does not look at the value'],
	[/CR is not followed by LF/, /^taken/, 'RFC 9112 §2.2: llhttp drops a bare CR before a request'],
	[/target of CONNECT is not/, /^taken/, 'RFC 9110 §9.3.6: llhttp takes any characters'],
	[/ends with LF alone/, /^taken/, 'RFC 9112 §2.2: as HTTP/0.9 llhttp lets the request line end with LF'],
	[/does not end with one HTTP version/, /^taken/, 'RFC 9112 §2.3: llhttp skips spaces before the version'],
	[/separated by exactly one space/, /^taken/, 'RFC 9112 §3: llhttp skips more than one space'],
	[/1\.0 request has Transfer-Encoding/, /^taken/, 'RFC 9112 §6.1: the framing of such a request is faulty'],
	[/authority of the target is not/, /^taken/, 'RFC 9110 §4.2: llhttp does not look at the port'],
	[
		/must be percent-encoded/,
		/^taken/,
		'RFC 9112 §3.2: a target has no fragment; llhttp takes one, and any octets from 0x80 on',
	],
	[/neither HTTP\/1\.0 nor/, /^taken/, 'RFC 9110 §2.5: llhttp takes HTTP/0.9 and HTTP/2.0 in the form of HTTP/1'],
	[/target \* is for OPTIONS/, /^taken/, 'RFC 9112 §3.2.4: llhttp takes * with any method'],
	[/CONNECT request has content/, /^taken/, 'RFC 9110 §9.3.6: llhttp takes what is behind the head for the tunnel'],
	[/^taken/, /Unexpected char in url schema/, 'RFC 3986 §3.1: a scheme may have digits; llhttp takes letters alone'],
	[/target is neither a path/, /^taken/, 'RFC 9112 §3.2: llhttp takes any characters behind *'],
	[/only expectation understood/, /^taken/, 'RFC 9110 §10.1.1: node:http answers 417 later, by its own event'],
];

/** Heads that are near to being right. */
const HEADS = [
	'GET / HTTP/1.1\r\nHost: a\r\n\r\n',
	'POST /a?b=c HTTP/1.1\r\nHost: a:80\r\nContent-Length: 3\r\nA: b c\r\n\r\nabc',
	'POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
	'GET http://a/b HTTP/1.0\r\nConnection: keep-alive\r\n\r\n',
	'CONNECT a:1 HTTP/1.1\r\nHost: a:1\r\n\r\n',
	'OPTIONS * HTTP/1.1\r\nHost: [::1]:80\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n',
	// What a random change seldom comes to.
	'GET * HTTP/1.1\r\nHost: a\r\n\r\n',
	'GET /#b HTTP/1.1\r\nHost: a\r\n\r\n',
	'GET / HTTP/2.0\r\nHost: a\r\n\r\n',
	'GET / HTTP/1.1\r\nHost: a\r\nExpect: b\r\n\r\n',
	'GET h2://a/ HTTP/1.1\r\nHost: a\r\n\r\n',
	'CONNECT a:1 HTTP/1.1\r\nHost: a:1\r\nContent-Length: 3\r\n\r\n',
].map((head) => latin1Bytes(`\0${head}`));

test('RFC 9112: node:http takes the same heads, or it is known why not', async () => {
	const folder = new URL('corpus/http1/', import.meta.url);
	const corpus = readdirSync(folder)
		.sort()
		.map((file) => new Uint8Array(readFileSync(new URL(file, folder))));
	const given = [...HEADS, ...corpus];
	const random = new Random(1);
	const unexplained = new Map<string, string>();
	const occurred = new Set<string>();
	let taken = 0;
	for (let run = 0; run < 20_000; run++) {
		const made = mutated(random, random.pick(HEADS), random.pick(HEADS), target.words, target.maxLength);
		const input = (given[run] ?? made).subarray(1);
		const mine = ours(input);
		const other = await theirs(input);
		if (mine.taken !== null && mine.taken === other.taken) taken++;
		if (mine.taken === other.taken) continue;
		const text = latin1Decode(input, 0, input.length);
		const [one, two] = [mine.taken === null ? mine.why : 'taken', other.taken === null ? other.why : 'taken'];
		const known = EXPLAINED.find(([a, b]) => a.test(one) && b.test(two));
		if (known !== undefined) occurred.add(known[2]);
		else if (!unexplained.has(`${one} / ${two}`))
			unexplained.set(`${one} / ${two}`, JSON.stringify(text).slice(0, 200));
	}
	expect([...unexplained].map(([what, text]) => `${what}: ${text}`)).toEqual([]);
	// What is explained and does not happen is out of date.
	expect([...occurred].sort()).toEqual(EXPLAINED.map(([, , why]) => why).sort());
	expect(taken).toBeGreaterThan(500);
});
