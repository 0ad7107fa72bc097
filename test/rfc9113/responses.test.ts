/** Responses (RFC 9113 §8.1, §8.2, §8.5): their frames, heads, trailers, and tunnels. */
import { describe, expect, test } from 'vitest';
import { ErrorCode } from '../../src/wire/fault.ts';
import { Fields } from '../../src/wire/fields.ts';
import {
	block,
	bytes,
	data,
	END_HEADERS,
	END_STREAM,
	frame,
	get,
	headers,
	post,
	TYPES,
} from '../support/http2-frames.ts';
import { Talk } from '../support/http2-talk.ts';

const DATE = 'Mon, 01 Jan 2029 00:00:00 GMT';

/** Type, flags and size of each frame of a stream, without the size of heads. */
function shape(talk: Talk, stream: number): string[] {
	return talk.frames
		.filter((sent) => sent.stream === stream)
		.map(
			(sent) =>
				`${sent.type === TYPES.DATA ? `data ${sent.payload.length}` : sent.type === TYPES.HEADERS ? 'headers' : sent.type}${sent.flags & END_STREAM ? ' end' : ''}`,
		);
}

describe('frames of a response', () => {
	test('respond, write and end in a turn are HEADERS and one DATA', () => {
		const talk = Talk.open({ app: (exchange) => exchange.answer(200, 'hello') });
		talk.send(get(1));
		expect(shape(talk, 1)).toEqual(['headers', 'data 5 end']);
		expect(talk.only().events).toEqual(['end', 'closed complete 0']);
	});

	test('respond and end without content are HEADERS alone', () => {
		const talk = Talk.open({ app: (exchange) => exchange.answer(204) });
		talk.send(get(1));
		expect(shape(talk, 1)).toEqual(['headers end']);
	});

	test('several writes are as many frames, the last of which ends the stream', () => {
		const talk = Talk.open();
		talk.send(get(1));
		const { carrier } = talk.only();
		carrier.respond(200, new Fields(), undefined);
		expect(carrier.write(bytes('one'))).toBe(3);
		expect(carrier.write(bytes('three'))).toBe(8);
		expect(carrier.write(bytes('four'))).toBe(12);
		carrier.end(null);
		talk.turn();
		expect(shape(talk, 1)).toEqual(['headers', 'data 3', 'data 5', 'data 4 end']);
	});

	test('what is written over turns leaves at the end of each', () => {
		const talk = Talk.open();
		talk.send(get(1));
		const { carrier, events } = talk.only();
		carrier.respond(200, new Fields(), undefined);
		expect(talk.woken).toBe(true);
		expect(shape(talk.turn(), 1)).toEqual(['headers']);
		carrier.write(bytes('a'));
		expect(talk.woken).toBe(true);
		expect(shape(talk.turn(), 1)).toEqual(['headers', 'data 1']);
		expect(events).toEqual(['end', 'sent 0']);
		carrier.end(null);
		expect(shape(talk.turn(), 1)).toEqual(['headers', 'data 1', 'data 0 end']);
		expect(events.at(-1)).toBe('closed complete 0');
	});

	test('applications that answer in turns of each other', () => {
		const talk = Talk.open();
		talk.send(get(1), get(3), get(5));
		for (const { carrier } of talk.exchanges) carrier.respond(200, new Fields(), undefined);
		for (const { carrier } of talk.exchanges) carrier.write(bytes('x'));
		talk.exchanges[1]?.carrier.end(null);
		talk.turn();
		expect([1, 3, 5].map((id) => shape(talk, id))).toEqual([
			['headers', 'data 1'],
			['headers', 'data 1 end'],
			['headers', 'data 1'],
		]);
		talk.exchanges[0]?.carrier.end(null);
		talk.exchanges[2]?.carrier.end(Fields.of('x', 'y'));
		talk.turn();
		expect(talk.exchanges.map((exchange) => exchange.outcome)).toEqual(['complete 0', 'complete 0', 'complete 0']);
	});

	test('RFC 9113 §8.1: trailers without content, and behind content', () => {
		const talk = Talk.open();
		talk.send(get(1), get(3));
		for (const { carrier } of talk.exchanges) carrier.respond(200, new Fields(), undefined);
		talk.exchanges[1]?.carrier.write(bytes('x'));
		for (const { carrier } of talk.exchanges) carrier.end(Fields.of('Grpc-Status', '0'));
		talk.turn();
		expect(shape(talk, 1)).toEqual(['headers', 'headers end']);
		expect(shape(talk, 3)).toEqual(['headers', 'data 1', 'headers end']);
		expect(talk.lines(talk.of(TYPES.HEADERS, 3)[1] as never)).toEqual(['grpc-status', '0']);
	});

	test('empty trailers are none', () => {
		const talk = Talk.open();
		talk.send(get(1));
		talk.only().carrier.respond(200, new Fields(), undefined);
		talk.only().carrier.end(new Fields());
		expect(shape(talk.turn(), 1)).toEqual(['headers end']);
	});

	test('empty chunks send nothing', () => {
		const talk = Talk.open();
		talk.send(get(1));
		talk.only().carrier.respond(200, new Fields(), undefined);
		expect(talk.only().carrier.write(new Uint8Array(0))).toBe(0);
		expect(shape(talk.turn(), 1)).toEqual(['headers']);
		talk.only().carrier.end(null);
		expect(shape(talk.turn(), 1)).toEqual(['headers', 'data 0 end']);
	});
});

describe('heads of a response', () => {
	function linesOf(...fields: string[]): string[] {
		const talk = Talk.open({ app: (exchange) => exchange.answer(200, '', ...fields) });
		talk.send(get(1));
		return talk.lines(talk.of(TYPES.HEADERS, 1)[0] as never);
	}

	test('RFC 9113 §8.2.1: names in lower case, lines in order, duplicates kept, Date added', () => {
		expect(linesOf('X-A', '1', 'Set-Cookie', 'a', 'x-a', '2', 'set-cookie', 'b')).toEqual([
			':status',
			'200',
			'x-a',
			'1',
			'set-cookie',
			'a',
			'x-a',
			'2',
			'set-cookie',
			'b',
			'date',
			DATE,
		]);
	});

	test('RFC 9110 §6.6.1: a Date of the application is kept', () => {
		expect(linesOf('Date', 'x', 'a', 'b')).toEqual([':status', '200', 'date', 'x', 'a', 'b']);
	});

	test('RFC 9113 §8.2.2: connection-specific fields are left out', () => {
		expect(
			linesOf(
				'Connection',
				'close',
				'keep-alive',
				'1',
				'proxy-connection',
				'x',
				'Transfer-Encoding',
				'chunked',
				'upgrade',
				'x',
				'TE',
				'trailers',
				'x-frame',
				'1',
			),
		).toEqual([':status', '200', 'x-frame', '1', 'date', DATE]);
	});

	test('RFC 7541 §7.1.3: sensitive fields are never indexed', () => {
		const talk = Talk.open({
			app: ({ carrier }) => {
				carrier.respond(200, Fields.of('X-Secret', 'abc').markSensitive('x-secret'), undefined);
				carrier.end(null);
			},
		});
		talk.send(get(1), get(3));
		const [first, second] = talk.of(TYPES.HEADERS);
		for (const sent of [first, second]) expect(talk.lines(sent as never)).toContain('abc');
		// Had it entered the table, it would not be spelled out again.
		expect((second?.payload.length ?? 0) > 8).toBe(true);
		expect(second?.payload.some((octet) => (octet & 0xf0) === 0x10)).toBe(true);
	});

	test('RFC 9113 §8.1: informational responses, without Date, before the final one', () => {
		const talk = Talk.open();
		talk.send(get(1));
		const { carrier } = talk.only();
		expect(carrier.canInform).toBe(true);
		carrier.inform(103, Fields.of('Link', '</a>'));
		expect(talk.woken).toBe(true);
		carrier.inform(102, new Fields());
		carrier.respond(200, new Fields(), undefined);
		carrier.end(null);
		talk.turn();
		expect(talk.statuses(1)).toEqual(['103', '102', '200']);
		expect(talk.lines(talk.of(TYPES.HEADERS)[0] as never)).toEqual([':status', '103', 'link', '</a>']);
	});

	test('RFC 9113 §4.3: a head larger than a frame goes on in CONTINUATION', () => {
		const value = 'é'.repeat(40_000);
		const talk = Talk.open({ app: (exchange) => exchange.answer(200, 'x', 'big', value, 'b', 'c') });
		talk.send(get(1), get(3));
		const sent = talk.frames
			.filter(({ stream }) => stream === 1)
			.map(({ type, flags, payload }) => [type, flags, payload.length <= 16384]);
		expect(sent[0]).toEqual([TYPES.HEADERS, 0, true]);
		expect(sent.at(-2)).toEqual([TYPES.CONTINUATION, END_HEADERS, true]);
		expect(sent.at(-1)).toEqual([TYPES.DATA, END_STREAM, true]);
		expect(talk.lines(talk.of(TYPES.HEADERS, 1)[0] as never).slice(2, 4)).toEqual(['big', value]);
		expect(talk.text(3)).toBe('x');
	});

	test('RFC 9113 §6.5.2: a table size that the client lowers is obeyed', () => {
		const talk = Talk.open({ app: (exchange) => exchange.answer(200, '', 'x-a', '1') }, [1, 0]);
		talk.send(get(1), get(3));
		expect(talk.lines(talk.of(TYPES.HEADERS, 3)[0] as never).slice(0, 4)).toEqual([':status', '200', 'x-a', '1']);
	});
});

describe('RFC 9113 §8.5: CONNECT', () => {
	const connect = headers(1, 0, block(':method', 'CONNECT', ':authority', 'example.org:443'));

	test('a tunnel: data both ways, and half-close', () => {
		const talk = Talk.open();
		talk.send(connect, data(1, 0, 'early'));
		const exchange = talk.only();
		expect(exchange.head).toMatchObject({
			method: 'CONNECT',
			target: 'example.org:443',
			authority: 'example.org:443',
			scheme: '',
			protocol: null,
			contentLength: -1,
		});
		expect(exchange.carrier.canAccept).toBe(true);
		exchange.carrier.accept(Fields.of('x', 'y'));
		expect(exchange.carrier.write(bytes('hello'))).toBe(5);
		talk.turn();
		expect(talk.statuses(1)).toEqual(['200']);
		talk.send(data(1, END_STREAM, 'late'));
		expect(exchange.text).toBe('earlylate');
		expect(exchange.events.at(-1)).toBe('end');
		exchange.carrier.write(bytes(' and bye'));
		exchange.carrier.end(null);
		talk.turn();
		expect(talk.text(1)).toBe('hello and bye');
		expect(exchange.outcome).toBe('complete 0');
	});

	test('our half may end first', () => {
		const talk = Talk.open();
		talk.send(connect);
		talk.only().carrier.accept(new Fields());
		talk.only().carrier.end(null);
		talk.turn();
		expect(talk.only().outcome).toBeUndefined();
		talk.send(data(1, END_STREAM, 'bye'));
		expect(talk.only().events.slice(-3)).toEqual(['content 3', 'end', 'closed complete 0']);
	});

	test('HEADERS in a tunnel are a fault', () => {
		const talk = Talk.open();
		talk.send(connect);
		talk.only().carrier.accept(new Fields());
		talk.send(headers(1, END_STREAM, block('a', 'b')));
		expect(talk.resets(1)).toEqual([ErrorCode.PROTOCOL_ERROR]);
		expect(talk.rule).toBe('RFC 9113 §8.5');
	});

	test('a request with a method other than CONNECT cannot be accepted', () => {
		const talk = Talk.open();
		talk.send(post(1));
		expect(talk.only().carrier.canAccept).toBe(false);
		expect(talk.only().carrier.canTrail).toBe(true);
	});

	test('refused', () => {
		const talk = Talk.open({ app: (exchange) => exchange.answer(403, 'no') });
		talk.send(connect);
		expect(talk.statuses(1)).toEqual(['403']);
		talk.only().carrier.discard();
		expect(talk.turn().resets(1)).toEqual([]);
		expect(talk.only().outcome).toBe('complete 0');
		expect(talk.pass(1000).resets(1)).toEqual([ErrorCode.NO_ERROR]);
		talk.send(frame(TYPES.DATA, 0, 1, 'on its way'));
		expect(talk.engine.finished).toBe(false);
	});
});
