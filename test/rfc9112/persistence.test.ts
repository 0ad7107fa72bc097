import { describe, expect, test } from 'vitest';
import { Fields } from '../../src/wire/fields.ts';
import { latin1Bytes } from '../../src/wire/latin1.ts';
import { Talk, type TalkExchange } from '../support/http1-talk.ts';

const GET = 'GET / HTTP/1.1\r\nHost: a\r\n\r\n';
const request = (version: string, ...lines: string[]): string =>
	`GET / HTTP/${version}\r\n${['Host: a', ...lines].map((line) => `${line}\r\n`).join('')}\r\n`;

describe('RFC 9112 §9.3 persistence', () => {
	test.each<[string, boolean, string | null]>([
		[request('1.1'), true, null],
		[request('1.1', 'Connection: close'), false, 'close'],
		[request('1.1', 'Connection: Close'), false, 'close'],
		[request('1.1', 'Connection: x, close'), false, 'close'],
		[request('1.1', 'Connection: x', 'Connection: close'), false, 'close'],
		[request('1.1', 'Connection: keep-alive'), true, null],
		[request('1.1', 'Connection: keep-alive, close'), false, 'close'],
		[request('1.1', 'Connection: closed'), true, null],
		[request('1.0'), false, 'close'],
		[request('1.0', 'Connection: keep-alive'), true, 'keep-alive'],
		[request('1.0', 'Connection: Keep-Alive, x'), true, 'keep-alive'],
		[request('1.0', 'Connection: keep-alive, close'), false, 'close'],
	])('%j', (text, persistent, option) => {
		for (const talk of [new Talk().feed(text + GET), new Talk().drip(text + GET)]) {
			expect(talk.exchanges).toHaveLength(persistent ? 2 : 1);
			expect(talk.engine.finished).toBe(!persistent);
			expect(talk.output.match(/Connection: (.*)\r/)?.[1] ?? null).toBe(option);
			expect(talk.exchanges[0]?.closes).toEqual(['complete']);
		}
	});

	test('retire by the exchange closes after its response', () => {
		const talk = new Talk((exchange) => {
			exchange.carrier.retire();
			exchange.answer('x');
		}).feed(GET + GET);
		expect(talk.exchanges).toHaveLength(1);
		expect(talk.output).toContain('\r\nConnection: close\r\n');
		expect(talk.engine.finished).toBe(true);
	});

	test('retire by the connection: an idle one is finished at once, a busy one when it is done', () => {
		const idle = new Talk().feed(GET);
		idle.engine.retire();
		expect(idle.engine.finished).toBe(true);
		const busy = new Talk(() => {}).feed(GET + GET);
		busy.engine.retire();
		expect(busy.engine.finished).toBe(false);
		busy.last.answer('x');
		busy.turn();
		expect(busy.output).toContain('\r\nConnection: close\r\n');
		expect([busy.exchanges.length, busy.last.closes, busy.engine.finished]).toEqual([1, ['complete'], true]);
	});

	test('after the end everything is dropped', () => {
		const talk = new Talk().feed(request('1.1', 'Connection: close')).feed(GET).eof().pass(100_000);
		talk.engine.abandon('shutdown');
		expect(talk.exchanges).toHaveLength(1);
		expect(talk.last.closes).toEqual(['complete']);
	});
});

describe('RFC 9112 §9.3.2 pipelining', () => {
	test('a thousand requests in one read are answered in one output', () => {
		const talk = new Talk().feed(GET.repeat(1000));
		expect([talk.exchanges.length, talk.writes]).toEqual([1000, 1]);
		expect(talk.output.match(/HTTP\/1\.1 200 OK/g)).toHaveLength(1000);
		for (const exchange of talk.exchanges) expect(exchange.closes).toEqual(['complete']);
	});

	test('more of them are begun as their answers leave', () => {
		const talk = new Talk().feed(GET.repeat(20_000));
		expect(talk.exchanges).toHaveLength(20_000);
		expect(talk.writes).toBeGreaterThan(5);
	});

	test('none is begun while the transport takes nothing', () => {
		const talk = new Talk(undefined, { room: 0 });
		talk.turn().feed(GET.repeat(3000));
		expect([talk.exchanges.length, talk.engine.full]).toEqual([0, true]);
		talk.room = 1000;
		talk.turn();
		expect([talk.exchanges.length, talk.engine.full]).toEqual([3000, false]);
	});

	test('the next request begins when the last is over', () => {
		const talk = new Talk(() => {}).feed(GET + GET);
		expect(talk.exchanges).toHaveLength(1);
		talk.last.answer('1');
		expect(talk.exchanges).toHaveLength(1);
		expect(talk.woken).toBe(true);
		talk.turn();
		expect(talk.exchanges).toHaveLength(2);
		expect(talk.engine.exchanges).toBe(1);
	});

	test('requests that wait stop the reading at the mark', () => {
		const talk = new Talk(() => {}, { limits: { readAhead: 100 } }).feed(GET);
		expect(talk.engine.full).toBe(false);
		talk.feed(GET.repeat(5));
		expect(talk.engine.full).toBe(true);
		talk.last.answer('x');
		talk.turn().last.answer('x');
		talk.turn().last.answer('x');
		talk.turn();
		expect(talk.engine.full).toBe(false);
	});

	test('a large incomplete head is not a reason to stop reading', () => {
		const talk = new Talk(undefined, { limits: { readAhead: 100 } }).feed(`GET /${'a'.repeat(5000)}`);
		expect(talk.engine.full).toBe(false);
		expect(talk.feed(` HTTP/1.1\r\nHost: a\r\n\r\n`).exchanges).toHaveLength(1);
	});

	test('a command that comes late does nothing to a later exchange', () => {
		const talk = new Talk(() => {}).feed(GET + GET);
		const [first] = talk.exchanges as [TalkExchange];
		first.answer('1');
		talk.turn();
		expect(talk.exchanges).toHaveLength(2);
		talk.sent();
		first.carrier.respond(500, new Fields(), undefined);
		expect(first.carrier.write(latin1Bytes('late'))).toBe(0);
		first.carrier.end(null);
		first.carrier.inform(103, new Fields());
		first.carrier.continue();
		first.carrier.hold();
		first.carrier.release();
		first.carrier.discard();
		first.carrier.retire();
		first.carrier.accept(new Fields());
		first.carrier.reset(8);
		talk.turn();
		expect(talk.sent()).toBe('');
		talk.last.answer('2');
		expect(talk.turn().sent()).toMatch(/^HTTP\/1\.1 200 OK\r\n[\s\S]*\r\n\r\n2$/);
		expect(talk.engine.finished).toBe(false);
	});
});

describe('a response before the request has been read', () => {
	const post = (length: number): string => `POST / HTTP/1.1\r\nHost: a\r\nContent-Length: ${length}\r\n\r\n`;
	const refuse = (exchange: TalkExchange): void => {
		exchange.answer('no', 403);
		exchange.carrier.discard();
	};

	test('a short rest is read and dropped, and the connection goes on', () => {
		for (const talk of [
			new Talk(refuse).feed(`${post(5)}hello${GET}`),
			new Talk(refuse).drip(`${post(5)}hello${GET}`),
		]) {
			expect(talk.exchanges).toHaveLength(2);
			expect(talk.exchanges.map(({ text }) => text)).toEqual(['', '']);
			expect(talk.exchanges[0]?.closes).toEqual(['complete']);
			expect(talk.output).not.toContain('close');
		}
	});

	test('chunked content that has come to its end is dropped; before that, the response says close', () => {
		const head = 'POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n';
		const whole = new Talk(refuse).feed(`${head}5\r\nhello\r\n0\r\n\r\n${GET}`);
		expect(whole.exchanges.map(({ text, closes }) => [text, closes])).toEqual([
			['', ['complete']],
			['', ['complete']],
		]);
		expect(whole.output).not.toContain('close');
		for (const talk of [
			new Talk(refuse).feed(head),
			new Talk(refuse).feed(`${head}5\r\nhello\r\n`),
			new Talk(refuse).drip(`${head}5\r\nhello\r\n0\r\n\r\n${GET}`),
		]) {
			expect(talk.output).toContain('\r\nConnection: close\r\n');
			expect([talk.engine.finished, talk.exchanges.length, talk.last.closes]).toEqual([true, 1, ['complete']]);
			expect(talk.faults).toEqual([]);
		}
		const bad = new Talk(refuse).feed(`${head}oops`);
		expect(bad.output).toMatch(/^HTTP\/1\.1 403[\s\S]*\r\nConnection: close\r\n/);
		expect([bad.engine.finished, bad.faults.length]).toEqual([true, 1]);
	});

	test('chunked content behind a response that had begun before: the connection closes when it proves too long', () => {
		const head = 'POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n';
		const begun = (): Talk => {
			const talk = new Talk(({ carrier }) => carrier.respond(200, new Fields(), undefined)).feed(head);
			talk.turn().last.carrier.end(null);
			talk.last.carrier.discard();
			return talk.turn();
		};
		expect(begun().feed(`5\r\nhello\r\n0\r\n\r\n${GET}`).exchanges).toHaveLength(2);
		const talk = begun().feed('100\r\n');
		for (let i = 0; i < 300; i++) talk.feed(`${'x'.repeat(256)}\r\n100\r\n`);
		expect([talk.engine.finished, talk.exchanges.length]).toEqual([true, 1]);
	});

	test('a response of a known length, written before it is known that the rest is unwanted, says close too', () => {
		for (const request of [post(100_000), 'POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n']) {
			const talk = new Talk(({ carrier }) => {
				carrier.respond(403, new Fields(['content-length', '2']), undefined);
				carrier.write(Uint8Array.of(110, 111));
				carrier.end(null);
				carrier.discard();
			}).feed(request);
			expect(talk.output).toMatch(/\r\nConnection: close\r\n\r\nno$/);
			expect(talk.engine.finished).toBe(true);
		}
	});

	test('a long rest closes the connection, and the response says so', () => {
		const talk = new Talk(refuse).feed(`${post(100_000)}hello`);
		expect(talk.output).toContain('\r\nConnection: close\r\n');
		expect([talk.engine.finished, talk.last.closes]).toEqual([true, ['complete']]);
	});

	test('content that is still wanted is delivered after the response', () => {
		const talk = new Talk((exchange) => exchange.answer('ok')).feed(`${post(5)}he`);
		expect([talk.last.text, talk.last.closes]).toEqual(['he', []]);
		talk.feed(`llo${GET}`);
		expect(talk.exchanges[0]).toMatchObject({ text: 'hello', ends: [[]], closes: ['complete'] });
		expect(talk.exchanges).toHaveLength(2);
	});

	test('content is dropped as it comes once it is discarded', () => {
		const talk = new Talk(() => {}).feed(`${post(10)}hello`);
		talk.last.carrier.discard();
		talk.feed('world');
		expect([talk.last.text, talk.last.ends]).toEqual(['hello', [[]]]);
		talk.last.answer('x');
		expect(talk.turn().feed(GET).exchanges).toHaveLength(2);
	});
});

describe('RFC 9110 §10.1.1 Expect: 100-continue', () => {
	const expecting = 'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nExpect: 100-Continue\r\n\r\n';
	const CONTINUE = 'HTTP/1.1 100 Continue\r\n\r\n';

	test('100 goes out once, when it is asked for', () => {
		const talk = new Talk(() => {}).drip(expecting);
		expect([talk.last.head.expectsContinue, talk.sent()]).toEqual([true, '']);
		talk.last.carrier.continue();
		talk.last.carrier.continue();
		expect(talk.turn().sent()).toBe(CONTINUE);
		talk.feed('hello').last.answer('x');
		expect(talk.turn().feed(GET).exchanges).toHaveLength(2);
	});

	test('inform(100) counts', () => {
		const talk = new Talk(() => {}).feed(expecting);
		talk.last.carrier.inform(100, new Fields());
		talk.last.carrier.continue();
		expect(talk.turn().sent()).toBe(CONTINUE);
	});

	test('it does not go out when content has come, nor after the final response has begun', () => {
		const talk = new Talk((exchange) => exchange.carrier.continue()).feed(`${expecting}h`);
		expect(talk.sent()).toBe('');
		const late = new Talk(({ carrier }) => {
			carrier.respond(200, new Fields(), undefined);
			carrier.continue();
		}).feed(expecting);
		expect(late.sent()).not.toContain('100 Continue');
	});

	test('a final response in its place closes the connection', () => {
		const talk = new Talk((exchange) => exchange.answer('no', 403)).feed(expecting);
		expect(talk.output).toContain('\r\nConnection: close\r\n');
		expect([talk.last.closes, talk.engine.finished]).toEqual([['complete'], true]);
	});

	test('unless the content had come anyway', () => {
		const talk = new Talk((exchange) => exchange.answer('no', 403)).feed(`${expecting}hello${GET}`);
		expect(talk.output).not.toContain('close');
		expect(talk.exchanges).toHaveLength(2);
	});

	test('no expectation without content, nor in HTTP/1.0', () => {
		expect(new Talk().feed('GET / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\n\r\n').last.head.expectsContinue).toBe(
			false,
		);
		expect(new Talk().feed(expecting.replace('1.1', '1.0')).last.head.expectsContinue).toBe(false);
	});

	test.each(['x', '100-continue, x', '100-continue;a=b', '200-ok'])('417 for %s', (value) => {
		const talk = new Talk().feed(expecting.replace('100-Continue', value));
		expect(talk.output).toMatch(/^HTTP\/1\.1 417 /);
		expect([talk.exchanges.length, talk.engine.finished]).toEqual([0, true]);
	});
});

describe('RFC 9218 priority', () => {
	test('is read from the Priority lines', () => {
		const talk = new Talk().feed(request('1.1', 'Priority: u=1', 'priority: i')).feed(request('1.1'));
		expect(talk.exchanges[0]?.head.priority).toEqual({ urgency: 1, incremental: true });
		expect(talk.exchanges[1]?.head.priority).toEqual({ urgency: 3, incremental: false });
	});
});
