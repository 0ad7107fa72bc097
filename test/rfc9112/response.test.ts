import { describe, expect, test } from 'vitest';
import { Fields } from '../../src/wire/fields.ts';
import { latin1Bytes } from '../../src/wire/latin1.ts';
import { DATE, Talk, type TalkExchange } from '../support/http1-talk.ts';

const GET = 'GET / HTTP/1.1\r\nHost: a\r\n\r\n';
const OLD = 'GET / HTTP/1.0\r\n\r\n';
const OLD_KEEP = 'GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n';
const HEAD = GET.replace('GET', 'HEAD');
const D = `Date: ${DATE}\r\n`;

function responseTo(request: string, app: (exchange: TalkExchange) => void): string {
	const whole = new Talk(app).feed(request);
	const dripped = new Talk(app).drip(request);
	expect(dripped.output).toBe(whole.output);
	for (const exchange of whole.exchanges) expect(exchange.closes).toEqual(['complete']);
	return whole.output;
}

function respond(lines: string[], chunks: string[], trailers: string[] | null = null, status = 200, reason?: string) {
	return ({ carrier }: TalkExchange): void => {
		carrier.respond(status, new Fields(lines.slice()), reason);
		for (const chunk of chunks) carrier.write(latin1Bytes(chunk));
		carrier.end(trailers === null ? null : new Fields(trailers));
	};
}

describe('RFC 9112 §4 status line', () => {
	test.each<[number, string | undefined, string]>([
		[200, undefined, '200 OK'],
		[404, undefined, '404 Not Found'],
		[599, undefined, '599 '],
		[200, 'Fine \xe4', '200 Fine \xe4'],
		[200, '', '200 '],
	])('%d %s', (status, reason, line) => {
		expect(responseTo(GET, respond([], [], null, status, reason))).toBe(
			`HTTP/1.1 ${line}\r\n${D}Content-Length: 0\r\n\r\n`,
		);
	});
});

describe('RFC 9112 §6 framing of responses', () => {
	test('fields go out in their order and case, duplicates kept, before those of the server', () => {
		expect(responseTo(GET, respond(['b', '1', 'A', '2', 'b', '', 'x', '\xe4'], ['hi']))).toBe(
			`HTTP/1.1 200 OK\r\nb: 1\r\nA: 2\r\nb: \r\nx: \xe4\r\n${D}Content-Length: 2\r\n\r\nhi`,
		);
	});

	test('what is written in one go has its exact length', () => {
		expect(responseTo(GET, respond([], ['a', 'bc', '', 'd']))).toBe(
			`HTTP/1.1 200 OK\r\n${D}Content-Length: 4\r\n\r\nabcd`,
		);
	});

	test('an empty response has length 0', () => {
		expect(responseTo(GET, respond([], [], null, 205))).toBe(
			`HTTP/1.1 205 Reset Content\r\n${D}Content-Length: 0\r\n\r\n`,
		);
	});

	test("the application's Date and Content-Length stand", () => {
		expect(responseTo(GET, respond(['content-length', '002', 'date', 'now'], ['h', 'i']))).toBe(
			'HTTP/1.1 200 OK\r\ncontent-length: 002\r\ndate: now\r\n\r\nhi',
		);
	});

	test("the application's Transfer-Encoding is dropped", () => {
		expect(responseTo(GET, respond(['Transfer-Encoding', 'gzip'], ['hi']))).toBe(
			`HTTP/1.1 200 OK\r\n${D}Content-Length: 2\r\n\r\nhi`,
		);
	});

	test('what comes over several turns is chunked', () => {
		const talk = new Talk(({ carrier }) => carrier.respond(200, new Fields(), undefined)).feed(GET);
		expect(talk.sent()).toBe(`HTTP/1.1 200 OK\r\n${D}Transfer-Encoding: chunked\r\n\r\n`);
		talk.last.carrier.write(latin1Bytes('0123456789abcdefg'));
		talk.last.carrier.write(latin1Bytes(''));
		expect(talk.woken).toBe(true);
		expect(talk.turn().sent()).toBe('11\r\n0123456789abcdefg\r\n');
		talk.last.carrier.end(null);
		expect(talk.turn().sent()).toBe('0\r\n\r\n');
		expect(talk.last.closes).toEqual(['complete']);
		expect(talk.engine.finished).toBe(false);
	});

	test('§7.1.2 trailer fields make it chunked', () => {
		expect(responseTo(GET, respond([], ['hi'], ['X-Sum', '1', 'x-sum', '2']))).toBe(
			`HTTP/1.1 200 OK\r\n${D}Transfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\nX-Sum: 1\r\nx-sum: 2\r\n\r\n`,
		);
		expect(responseTo(GET, respond([], [], ['A', 'b']))).toBe(
			`HTTP/1.1 200 OK\r\n${D}Transfer-Encoding: chunked\r\n\r\n0\r\nA: b\r\n\r\n`,
		);
		expect(responseTo(GET, respond([], ['hi'], []))).toBe(`HTTP/1.1 200 OK\r\n${D}Content-Length: 2\r\n\r\nhi`);
	});

	test('trailer fields are not sent with Content-Length, nor to HTTP/1.0', () => {
		expect(responseTo(GET, respond(['Content-Length', '2'], ['hi'], ['A', 'b']))).toBe(
			`HTTP/1.1 200 OK\r\nContent-Length: 2\r\n${D}\r\nhi`,
		);
		expect(responseTo(OLD, respond([], ['hi'], ['A', 'b']))).not.toContain('A: b');
	});

	test('HTTP/1.0: with a length when it is known, to the end of the connection otherwise', () => {
		expect(responseTo(OLD_KEEP, respond([], ['hi']))).toBe(
			`HTTP/1.1 200 OK\r\n${D}Content-Length: 2\r\nConnection: keep-alive\r\n\r\nhi`,
		);
		const talk = new Talk(({ carrier }) => carrier.respond(200, new Fields(), undefined)).feed(OLD_KEEP);
		talk.last.carrier.write(latin1Bytes('hi'));
		talk.turn().last.carrier.end(null);
		expect(talk.turn().output).toBe(`HTTP/1.1 200 OK\r\n${D}Connection: close\r\n\r\nhi`);
		expect(talk.last.closes).toEqual(['complete']);
		expect(talk.engine.finished).toBe(true);
	});

	test('HEAD: no content, and the length the application gave', () => {
		expect(responseTo(HEAD, respond(['Content-Length', '5'], ['hello']))).toBe(
			`HTTP/1.1 200 OK\r\nContent-Length: 5\r\n${D}\r\n`,
		);
		expect(responseTo(HEAD, respond([], ['hello'], ['A', 'b']))).toBe(`HTTP/1.1 200 OK\r\n${D}\r\n`);
		expect(responseTo(HEAD + GET, respond([], []))).toBe(
			`HTTP/1.1 200 OK\r\n${D}\r\nHTTP/1.1 200 OK\r\n${D}Content-Length: 0\r\n\r\n`,
		);
	});

	test('204 and 304: no content; 204 has no Content-Length, 304 may (RFC 9110 §8.6)', () => {
		expect(responseTo(GET, respond(['Content-Length', '0'], ['x'], null, 204))).toBe(
			`HTTP/1.1 204 No Content\r\n${D}\r\n`,
		);
		expect(responseTo(GET, respond(['Content-Length', '5'], ['x'], null, 304))).toBe(
			`HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n${D}\r\n`,
		);
	});

	test('RFC 9110 §7.8 Upgrade in a final response comes with its connection option', () => {
		expect(responseTo(GET, respond(['Upgrade', 'websocket'], [], null, 426))).toContain('\r\nConnection: Upgrade\r\n');
	});

	test('a head is written anew when anything in it changes', () => {
		const answers: [number, string[], string][] = [
			[200, ['a', '1'], 'x'],
			[200, ['a', '1'], 'x'],
			[200, ['a', '1'], 'x'],
			[200, ['a', '1'], 'xy'],
			[201, ['a', '1'], 'xy'],
			[201, ['a', '2'], 'xy'],
			[201, ['a', '2', 'b', '3'], 'xy'],
			[201, ['a', '2', 'b', '3'], 'xy'],
			[201, [], 'xy'],
		];
		const app = (exchange: TalkExchange): void => {
			const [status, lines, text] = answers[talk.exchanges.length - 1] as [number, string[], string];
			exchange.answer(text, status, lines);
		};
		const talk: Talk = new Talk((exchange) => app(exchange));
		for (const [status, lines, text] of answers) {
			const section = lines.map((part, at) => part + (at % 2 === 0 ? ': ' : '\r\n')).join('');
			expect(talk.feed(GET).sent()).toBe(
				`HTTP/1.1 ${status} ${status === 200 ? 'OK' : 'Created'}\r\n${section}${D}Content-Length: ${text.length}\r\n\r\n${text}`,
			);
		}
	});

	test('fields changed after respond do not change the response', () => {
		const talk = new Talk(({ carrier }) => {
			const fields = new Fields(['A', '1']);
			carrier.respond(200, fields, undefined);
			fields.set('A', '2\r\nB: 3');
			carrier.end(null);
		});
		expect(talk.feed(GET).feed(GET).output).not.toMatch(/B: 3|A: 2/);
	});
});

describe('RFC 9110 §15.2 informational responses', () => {
	test('any number before the final one', () => {
		const output = responseTo(GET, (exchange) => {
			exchange.carrier.inform(103, new Fields(['Link', '</a>']));
			exchange.carrier.inform(102, new Fields(['Content-Length', '3']));
			exchange.answer('x');
			exchange.carrier.inform(103, new Fields());
		});
		expect(output).toBe(
			`HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 200 OK\r\n${D}Content-Length: 1\r\n\r\nx`,
		);
	});

	test('not to HTTP/1.0', () => {
		const output = responseTo(OLD, (exchange) => {
			expect(exchange.carrier.canInform).toBe(false);
			exchange.carrier.inform(103, new Fields());
			exchange.answer('x');
		});
		expect(output).toMatch(/^HTTP\/1\.1 200/);
	});
});
