/** Server push (RFC 9113 §8.4, §6.6). */
import { describe, expect, test } from 'vitest';
import type { Carrier, RequestHead } from '../../src/wire/carrier.ts';
import { ErrorCode } from '../../src/wire/fault.ts';
import { Fields } from '../../src/wire/fields.ts';
import { DEFAULT_PRIORITY } from '../../src/wire/priority.ts';
import {
	be32,
	block,
	bytes,
	data,
	END_HEADERS,
	END_STREAM,
	frame,
	get,
	headers,
	read32,
	rst,
	settings,
	TYPES,
} from '../support/http2-frames.ts';
import { Exchange, Talk } from '../support/http2-talk.ts';

const ENABLE_PUSH = 2;
const MAX_CONCURRENT_STREAMS = 3;

function promised(target: string, ...fields: string[]): RequestHead {
	return {
		method: 'GET',
		scheme: 'http',
		authority: 'example.org',
		target,
		protocol: null,
		fields: new Fields(fields),
		httpVersion: '2',
		expectsContinue: false,
		contentLength: 0,
		priority: DEFAULT_PRIORITY,
	};
}

function pushed(carrier: Carrier | null, target: string): Exchange {
	expect(carrier).not.toBeNull();
	return new Exchange(carrier as Carrier, promised(target));
}

describe('RFC 9113 §8.4: push', () => {
	test('the promise goes out at once, in front of what its parent says', () => {
		const talk = Talk.open();
		talk.send(get(1));
		const { carrier } = talk.only();
		expect(carrier.canPush).toBe(true);
		carrier.respond(200, new Fields(), undefined);
		const first = pushed(carrier.push(promised('/a', 'x', 'y')), '/a');
		carrier.write(bytes('parent'));
		const second = pushed(carrier.push(promised('/b')), '/b');
		carrier.end(null);
		first.answer(200, 'first');
		second.answer(200, 'second');
		expect(first.events).toEqual([]);
		talk.turn();
		expect(talk.frames.map((sent) => [sent.type, sent.stream])).toEqual([
			[TYPES.PUSH_PROMISE, 1],
			[TYPES.HEADERS, 1],
			[TYPES.PUSH_PROMISE, 1],
			[TYPES.DATA, 1],
			[TYPES.HEADERS, 2],
			[TYPES.DATA, 2],
			[TYPES.HEADERS, 4],
			[TYPES.DATA, 4],
		]);
		const [promise] = talk.of(TYPES.PUSH_PROMISE);
		expect(read32(promise?.payload as Uint8Array)).toBe(2);
		expect(talk.lines(promise as never)).toEqual([
			':method',
			'GET',
			':scheme',
			'http',
			':authority',
			'example.org',
			':path',
			'/a',
			'x',
			'y',
		]);
		expect(first.events).toEqual(['end', 'closed complete 0']);
		expect(second.carrier.canPush).toBe(false);
		expect(second.carrier.push(promised('/c'))).toBeNull();
		expect(talk.engine.exchanges).toBe(0);
	});

	test('a promise larger than a frame goes on in CONTINUATION', () => {
		const talk = Talk.open();
		talk.send(get(1));
		pushed(talk.only().carrier.push(promised('/', 'big', 'é'.repeat(20_000))), '/');
		talk.turn();
		expect(talk.frames[0]).toMatchObject({ type: TYPES.PUSH_PROMISE, flags: 0, stream: 1 });
		expect(talk.frames.at(-1)).toMatchObject({ type: TYPES.CONTINUATION, flags: END_HEADERS, stream: 1 });
		expect(talk.lines(talk.frames[0] as never).at(-1)).toHaveLength(20_000);
	});

	test('not to a client that does not take it', () => {
		const talk = Talk.open({}, [ENABLE_PUSH, 0]);
		talk.send(get(1));
		expect(talk.only().carrier.canPush).toBe(false);
		expect(talk.only().carrier.push(promised('/'))).toBeNull();
		talk.send(settings([ENABLE_PUSH, 1]));
		expect(talk.only().carrier.canPush).toBe(true);
	});

	test('not beyond the streams that the client takes', () => {
		const talk = Talk.open({}, [MAX_CONCURRENT_STREAMS, 1]);
		talk.send(get(1));
		const { carrier } = talk.only();
		const first = pushed(carrier.push(promised('/a')), '/a');
		expect(carrier.canPush).toBe(false);
		first.answer(200, 'x');
		talk.turn();
		expect(carrier.canPush).toBe(true);
	});

	test('not behind GOAWAY from either side, nor behind the end of the parent', () => {
		const theirs = Talk.open();
		theirs.send(get(1), frame(TYPES.GOAWAY, 0, 0, be32(0), be32(0)));
		expect(theirs.only().carrier.canPush).toBe(false);
		const ours = Talk.open();
		ours.send(get(1));
		ours.engine.retire();
		expect(ours.only().carrier.canPush).toBe(false);
		const ended = Talk.open();
		ended.send(get(1));
		ended.only().answer(200, 'x');
		expect(ended.only().carrier.canPush).toBe(false);
	});

	test('RFC 9113 §6.8: GOAWAY ends those that the client will not look at', () => {
		const talk = Talk.open();
		talk.send(get(1));
		const { carrier } = talk.only();
		const [taken, passed] = ['/a', '/b'].map((path) => pushed(carrier.push(promised(path)), path));
		talk.turn().send(frame(TYPES.GOAWAY, 0, 0, be32(2), be32(0)));
		expect(taken?.outcome).toBeUndefined();
		expect(passed?.outcome).toBe(`reset ${ErrorCode.REFUSED_STREAM}`);
		taken?.answer(200, 'a');
		talk.turn();
		expect(talk.text(2)).toBe('a');
		expect(talk.of(TYPES.RST_STREAM)).toEqual([]);
		expect(talk.engine.exchanges).toBe(1);
	});

	test('RFC 9113 §8.4.2: the client may refuse it', () => {
		const talk = Talk.open();
		talk.send(get(1));
		const push = pushed(talk.only().carrier.push(promised('/a')), '/a');
		talk.turn().send(rst(2, ErrorCode.REFUSED_STREAM));
		expect(push.events).toEqual(['end', 'closed reset 7']);
		push.answer(200, 'too late');
		talk.turn();
		expect(talk.of(TYPES.HEADERS, 2)).toEqual([]);
		expect(talk.engine.finished).toBe(false);
		expect(talk.engine.exchanges).toBe(1);
	});

	test('we may reset it before it has been answered', () => {
		const talk = Talk.open();
		talk.send(get(1));
		const push = pushed(talk.only().carrier.push(promised('/a')), '/a');
		push.carrier.reset(ErrorCode.CANCEL);
		talk.turn();
		expect(talk.resets(2)).toEqual([ErrorCode.CANCEL]);
		expect(push.events).toEqual([]);
		expect(talk.engine.exchanges).toBe(1);
	});

	test.each([
		['DATA', data(2, END_STREAM, 'x')],
		['HEADERS', headers(2, END_STREAM, block('a', 'b'))],
	])('RFC 9113 §5.1: %s from the client on a stream that is reserved', (_title, input) => {
		const talk = Talk.open();
		talk.send(get(1));
		pushed(talk.only().carrier.push(promised('/a')), '/a');
		talk.turn().send(input);
		expect(talk.goaway).toBe(ErrorCode.PROTOCOL_ERROR);
	});
});
