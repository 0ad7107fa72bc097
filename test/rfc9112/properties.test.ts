import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { beginChunk, endChunk, writeLastChunk } from '../../src/engine/http1/chunked-writer.ts';
import { Fields } from '../../src/wire/fields.ts';
import { latin1Bytes, latin1Decode } from '../../src/wire/latin1.ts';
import { Output } from '../../src/wire/output.ts';
import { readResponses } from '../support/http1-responses.ts';
import { Talk, type TalkExchange } from '../support/http1-talk.ts';

/** Answers each request with what it said. */
const echo = (exchange: TalkExchange): void => {
	exchange.onEnd = () => {
		const { method, target, protocol } = exchange.head;
		exchange.carrier.respond(200, new Fields(['X-Request', `${method} ${target} ${protocol}`]), undefined);
		if (method !== 'HEAD' && exchange.text !== '') exchange.carrier.write(latin1Bytes(exchange.text));
		exchange.carrier.end(method.length % 2 === 0 ? null : new Fields(['X-Trailers', exchange.ends.join('|')]));
	};
};

/** What happened on a connection, without how it was cut. */
function story(talk: Talk): unknown {
	return {
		output: talk.output,
		faults: talk.faults.map(String),
		finished: talk.engine.finished,
		exchanges: talk.exchanges.map(({ head, text, ends, closes }) => ({
			line: [head.method, head.target, head.httpVersion, head.authority, head.scheme, head.contentLength],
			fields: head.fields.lines,
			text,
			ends,
			closes,
		})),
	};
}

/** Feeds the text in pieces of these lengths, over and over. */
function inPieces(talk: Talk, text: string, lengths: readonly number[]): Talk {
	for (let at = 0, i = 0; at < text.length; i++) {
		const length = lengths[i % lengths.length] as number;
		talk.feed(text.slice(at, at + length));
		at += length;
	}
	return talk;
}

const pieces = fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 20 });
const octets = fc.uint8Array({ maxLength: 60 }).map((bytes) => latin1Decode(bytes, 0, bytes.length));
const token = fc
	.stringMatching(/^[A-Za-z][A-Za-z0-9-]{0,12}$/)
	.filter((name) => !/^(host|connection|expect|upgrade|content-length|transfer-encoding|priority)$/i.test(name));
const value = fc.stringMatching(/^(?:[!-~\x80-\xff](?:[ -~\x80-\xff]{0,20}[!-~\x80-\xff])?)?$/);
const lines = fc
	.array(fc.tuple(token, value), { maxLength: 5 })
	.map((all) => all.map(([name, text]) => `${name}: ${text}\r\n`).join(''));
const chunk = fc.tuple(
	octets.filter((text) => text !== ''),
	fc.constantFrom('', ';a', ';a="b c"'),
);
const content = fc.oneof(
	fc.constant('\r\n'),
	octets.map((text) => `Content-Length: ${text.length}\r\n\r\n${text}`),
	fc.tuple(fc.array(chunk, { maxLength: 4 }), lines).map(([chunks, trailers]) => {
		const coded = chunks.map(([text, extension]) => `${text.length.toString(16)}${extension}\r\n${text}\r\n`).join('');
		return `Transfer-Encoding: chunked\r\n\r\n${coded}0\r\n${trailers}\r\n`;
	}),
);
const request = fc
	.tuple(
		fc.constantFrom('GET', 'POST', 'HEAD', 'DELETE', 'OPTIONS'),
		fc.stringMatching(/^\/[!"$-~]{0,20}$/),
		lines,
		content,
		fc.constantFrom('', '', '', '\r\n'),
	)
	.map(
		([method, target, section, rest, empty]) => `${empty}${method} ${target} HTTP/1.1\r\nHost: a\r\n${section}${rest}`,
	);

/** Text that is nearly HTTP, for faults in every place. */
const fragment = fc.constantFrom(
	'GET',
	'POST',
	'CONNECT',
	' ',
	'  ',
	'/',
	'*',
	'a:1',
	'http://a/',
	'HTTP/1.1',
	'HTTP/1.0',
	'\r\n',
	'\r\n\r\n',
	'\r',
	'\n',
	':',
	': ',
	'Host: a\r\n',
	'Content-Length: 3\r\n',
	'Transfer-Encoding: chunked\r\n',
	'Connection: upgrade\r\n',
	'Upgrade: x\r\n',
	'Expect: 100-continue\r\n',
	'3\r\nabc\r\n',
	'0\r\n',
	'ffffffffffff\r\n',
	';a=b',
	'\t',
	'\0',
	'\xff',
	'GET / HTTP/1.1\r\nHost: a\r\n\r\n',
	'POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n',
	'HEAD / HTTP/1.0\r\n\r\n',
);
const nearly = fc
	.array(
		fc.oneof(
			fragment,
			fc.tuple(fragment, octets).map((both) => both.join('')),
		),
		{ maxLength: 30 },
	)
	.map((all) => all.join(''));

describe('RFC 9112 properties', () => {
	test('a conversation does not depend on how it is split', () => {
		fc.assert(
			fc.property(fc.array(request, { minLength: 1, maxLength: 6 }), pieces, (requests, lengths) => {
				const text = requests.join('');
				const whole = new Talk(echo).feed(text);
				expect(whole.faults).toEqual([]);
				expect(whole.exchanges).toHaveLength(requests.length);
				const told = story(whole);
				expect(story(inPieces(new Talk(echo), text, lengths))).toEqual(told);
				expect(story(new Talk(echo).drip(text))).toEqual(told);
			}),
			{ numRuns: 150 },
		);
	});

	test('nor do heads that repeat each other', () => {
		const few = fc
			.tuple(
				fc.constantFrom('GET /a', 'GET /b', 'POST /a'),
				fc.subarray(['A: 1', 'A: 2', 'B: 1', 'Connection: upgrade', 'Upgrade: x', 'Upgrade: y', 'Priority: u=1']),
			)
			.map(([line, section]) => `${line} HTTP/1.1\r\n${['Host: a', ...section].join('\r\n')}\r\n\r\n`);
		fc.assert(
			fc.property(fc.array(few, { minLength: 2, maxLength: 12 }), pieces, (requests, lengths) => {
				// Each on a connection of its own has no other to repeat.
				const alone = requests.map((text) => new Talk(echo).feed(text).output);
				expect(inPieces(new Talk(echo), requests.join(''), lengths).output).toBe(alone.join(''));
				expect(requests.reduce((talk, text) => talk.feed(text), new Talk(echo)).output).toBe(alone.join(''));
			}),
			{ numRuns: 300 },
		);
	});

	test('nor does a conversation that breaks rules', () => {
		fc.assert(
			fc.property(nearly, pieces, (text, lengths) => {
				const told = story(new Talk(echo).feed(text));
				expect(story(inPieces(new Talk(echo), text, lengths))).toEqual(told);
				expect(story(new Talk(echo).drip(text))).toEqual(told);
			}),
			{ numRuns: 500 },
		);
	});

	test('nor does it under small limits', () => {
		const limits = {
			headSize: 80,
			fieldCount: 4,
			trailerSize: 30,
			chunkExtensionSize: 3,
			chunkExtensionTotal: 8,
			drain: 20,
		};
		fc.assert(
			fc.property(
				fc.oneof(
					nearly,
					fc.array(request, { maxLength: 4 }).map((all) => all.join('')),
				),
				pieces,
				(text, lengths) => {
					const told = story(new Talk(echo, { limits }).feed(text));
					expect(story(inPieces(new Talk(echo, { limits }), text, lengths))).toEqual(told);
				},
			),
			{ numRuns: 500 },
		);
	});

	test('a bounded output does not change what is said', () => {
		fc.assert(
			fc.property(
				fc.array(request, { minLength: 1, maxLength: 5 }),
				fc.integer({ min: 1, max: 50 }),
				(requests, room) => {
					const text = requests.join('');
					const free = new Talk(echo).feed(text);
					const tight = new Talk(echo, { room, limits: { bufferedOutput: room } }).feed(text);
					const methods = free.exchanges.map(({ head }) => head.method);
					expect(readResponses(tight.output, methods)).toEqual(readResponses(free.output, methods));
					expect(tight.exchanges.map(({ closes }) => closes)).toEqual(free.exchanges.map(({ closes }) => closes));
				},
			),
			{ numRuns: 150 },
		);
	});

	test('arbitrary octets and commands never throw, and leave nothing unbounded', () => {
		const commands = fc.constantFrom(
			'answer',
			'respond',
			'write',
			'end',
			'hold',
			'release',
			'discard',
			'continue',
			'inform',
			'accept',
			'retire',
			'reset',
			'turn',
			'pass',
			'eof',
			'abandon',
			'shut',
			'open',
		);
		const step = fc.oneof(
			nearly,
			fc.uint8Array({ maxLength: 200 }),
			commands.map((name) => ({ name })),
		);
		fc.assert(
			fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
				const talk = new Talk(() => {}, { limits: { readAhead: 256 } });
				for (const one of steps) {
					if (typeof one === 'string' || one instanceof Uint8Array) {
						// A connection does not read when the engine is full.
						if (!talk.engine.full) talk.feed(one);
					} else command(talk, one.name);
				}
				talk.turn();
				talk.engine.abandon('lost');
				expect(talk.engine.exchanges).toBe(0);
				for (const { closes } of talk.exchanges) expect(closes.length).toBeLessThanOrEqual(1);
			}),
			{ numRuns: 1000 },
		);
	});

	test('§7.1 the chunked coding takes apart what it put together', () => {
		fc.assert(
			fc.property(
				fc.array(fc.uint8Array({ minLength: 1, maxLength: 400 }), { maxLength: 6 }),
				pieces,
				(chunks, lengths) => {
					const output = new Output();
					for (const chunk of chunks) {
						beginChunk(output, chunk.length);
						output.raw(chunk);
						endChunk(output);
					}
					writeLastChunk(output, new Fields(['A', 'b']));
					const coded = output.take();
					const text = `POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n${latin1Decode(coded, 0, coded.length)}`;
					const talk = inPieces(new Talk(() => {}), text, lengths);
					expect(talk.last.text).toBe(chunks.map((chunk) => latin1Decode(chunk, 0, chunk.length)).join(''));
					expect(talk.last.ends).toEqual([['A', 'b']]);
				},
			),
			{ numRuns: 150 },
		);
	});
});

/** Runs a command where it is legal, as the exchange layer would. */
function command(talk: Talk, name: string): void {
	const open = talk.exchanges.at(-1);
	const carrier = open !== undefined && open.closes.length === 0 ? open.carrier : null;
	if (name === 'turn') talk.turn();
	else if (name === 'pass') talk.pass(7000);
	else if (name === 'eof') talk.eof();
	else if (name === 'abandon') talk.engine.abandon('shutdown');
	else if (name === 'shut') talk.room = 0;
	else if (name === 'open') talk.room = 1000;
	else if (carrier === null) return;
	else if (name === 'answer') open?.answer('x');
	else if (name === 'respond') carrier.respond(200, new Fields(), undefined);
	else if (name === 'write') carrier.write(new Uint8Array(10));
	else if (name === 'end') carrier.end(null);
	else if (name === 'hold') carrier.hold();
	else if (name === 'release') carrier.release();
	else if (name === 'discard') carrier.discard();
	else if (name === 'continue') carrier.continue();
	else if (name === 'inform') carrier.inform(103, new Fields());
	else if (name === 'accept') carrier.accept(new Fields());
	else if (name === 'retire') carrier.retire();
	else carrier.reset(8);
}
