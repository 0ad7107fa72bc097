/** Input that ends the connection: RFC 9113 §3.4, §4, §5.1, §6, each with its error code and the rule it cites. */
import { describe, expect, test } from 'vitest';
import { ErrorCode } from '../../src/wire/fault.ts';
import {
	ACK,
	be32,
	block,
	bytes,
	data,
	END_HEADERS,
	END_STREAM,
	frame,
	get,
	headers,
	PADDED,
	PREFACE,
	PRIORITY,
	ping,
	post,
	request,
	rst,
	settings,
	TYPES,
	windowUpdate,
} from '../support/http2-frames.ts';
import { SPLITS, Talk } from '../support/http2-talk.ts';

const { PROTOCOL_ERROR, FRAME_SIZE_ERROR, FLOW_CONTROL_ERROR, STREAM_CLOSED, COMPRESSION_ERROR, ENHANCE_YOUR_CALM } =
	ErrorCode;

const BIG = new Uint8Array(16385);

/** Title, input after the preface and SETTINGS, error code, rule. */
const CASES: readonly [title: string, input: Uint8Array, code: number, rule: string][] = [
	['§4.2 a frame above SETTINGS_MAX_FRAME_SIZE', frame(TYPES.DATA, 0, 1, BIG), FRAME_SIZE_ERROR, 'RFC 9113 §4.2'],
	['§4.2 an unknown frame above it', frame(0xee, 0, 0, BIG), FRAME_SIZE_ERROR, 'RFC 9113 §4.2'],
	[
		'§4.3 a field block that HPACK cannot read',
		headers(1, END_STREAM, bytes(0x80)),
		COMPRESSION_ERROR,
		'RFC 7541 §6.1',
	],
	['§5.1 DATA on an idle stream', data(1, END_STREAM, 'x'), PROTOCOL_ERROR, 'RFC 9113 §5.1'],
	['§5.1 RST_STREAM on an idle stream', rst(1, 8), PROTOCOL_ERROR, 'RFC 9113 §5.1'],
	['§5.1 WINDOW_UPDATE on an idle stream', windowUpdate(1, 10), PROTOCOL_ERROR, 'RFC 9113 §5.1'],
	['§5.1 WINDOW_UPDATE on an idle pushed stream', windowUpdate(2, 10), PROTOCOL_ERROR, 'RFC 9113 §5.1'],
	['§5.1.1 a stream with an even identifier', get(2), PROTOCOL_ERROR, 'RFC 9113 §5.1.1'],
	['§5.1.1 a stream below the last', bytes(get(5), get(3)), STREAM_CLOSED, 'RFC 9113 §5.1'],
	['§6.1 DATA on the connection', data(0, 0, 'x'), PROTOCOL_ERROR, 'RFC 9113 §6.1'],
	[
		'§6.1 DATA with too much padding',
		bytes(post(1), frame(TYPES.DATA, PADDED, 1, 6, 'hello')),
		PROTOCOL_ERROR,
		'RFC 9113 §6.1',
	],
	[
		'§6.1 DATA without room for the padding length',
		bytes(post(1), frame(TYPES.DATA, PADDED, 1)),
		PROTOCOL_ERROR,
		'RFC 9113 §6.1',
	],
	['§6.2 HEADERS on the connection', headers(0, 0, request('GET', '/')), PROTOCOL_ERROR, 'RFC 9113 §6.2'],
	[
		'§6.2 HEADERS with too much padding',
		headers(1, PADDED, bytes(200, request('GET', '/'))),
		PROTOCOL_ERROR,
		'RFC 9113 §6.2',
	],
	['§6.2 HEADERS without room for the padding length', headers(1, PADDED, bytes()), FRAME_SIZE_ERROR, 'RFC 9113 §6.2'],
	[
		'§6.2 HEADERS without room for the priority',
		headers(1, PRIORITY, bytes(0, 0, 0)),
		FRAME_SIZE_ERROR,
		'RFC 9113 §6.2',
	],
	[
		'§6.2 HEADERS whose padding covers the priority',
		headers(1, PADDED | PRIORITY, bytes(4, 0, 0, 0, 0, 0)),
		PROTOCOL_ERROR,
		'RFC 9113 §6.2',
	],
	['§6.3 PRIORITY on the connection', frame(TYPES.PRIORITY, 0, 0, be32(1), 0), PROTOCOL_ERROR, 'RFC 9113 §6.3'],
	[
		'§6.3 PRIORITY of the wrong size on an idle stream',
		frame(TYPES.PRIORITY, 0, 1, be32(3)),
		FRAME_SIZE_ERROR,
		'RFC 9113 §6.3',
	],
	['§6.4 RST_STREAM on the connection', rst(0, 8), PROTOCOL_ERROR, 'RFC 9113 §6.4'],
	[
		'§6.4 RST_STREAM of the wrong size',
		bytes(post(1), frame(TYPES.RST_STREAM, 0, 1, 0, 0, 0)),
		FRAME_SIZE_ERROR,
		'RFC 9113 §6.4',
	],
	['§6.5 SETTINGS on a stream', frame(TYPES.SETTINGS, 0, 1), PROTOCOL_ERROR, 'RFC 9113 §6.5'],
	['§6.5 SETTINGS of a broken size', frame(TYPES.SETTINGS, 0, 0, 0, 1, 0), FRAME_SIZE_ERROR, 'RFC 9113 §6.5'],
	[
		'§6.5 an acknowledgement with a payload',
		frame(TYPES.SETTINGS, ACK, 0, 0, 1, be32(4096)),
		FRAME_SIZE_ERROR,
		'RFC 9113 §6.5',
	],
	['§6.5.2 ENABLE_PUSH of 2', settings([2, 2]), PROTOCOL_ERROR, 'RFC 9113 §6.5.2'],
	['§6.5.2 INITIAL_WINDOW_SIZE of 2^31', settings([4, 0x80000000]), FLOW_CONTROL_ERROR, 'RFC 9113 §6.5.2'],
	['§6.5.2 MAX_FRAME_SIZE of 16383', settings([5, 16383]), PROTOCOL_ERROR, 'RFC 9113 §6.5.2'],
	['§6.5.2 MAX_FRAME_SIZE of 2^24', settings([5, 0x1000000]), PROTOCOL_ERROR, 'RFC 9113 §6.5.2'],
	['§6.5.2 NO_RFC7540_PRIORITIES of 2', settings([9, 2]), PROTOCOL_ERROR, 'RFC 9218 §2.1'],
	['§6.5.2 NO_RFC7540_PRIORITIES that changes', settings([9, 1]), PROTOCOL_ERROR, 'RFC 9218 §2.1'],
	[
		'§6.6 PUSH_PROMISE',
		bytes(post(1), frame(TYPES.PUSH_PROMISE, END_HEADERS, 1, be32(2), request('GET', '/'))),
		PROTOCOL_ERROR,
		'RFC 9113 §8.4',
	],
	['§6.7 PING on a stream', frame(TYPES.PING, 0, 1, '12345678'), PROTOCOL_ERROR, 'RFC 9113 §6.7'],
	['§6.7 PING of the wrong size', frame(TYPES.PING, 0, 0, '1234567'), FRAME_SIZE_ERROR, 'RFC 9113 §6.7'],
	['§6.8 GOAWAY on a stream', frame(TYPES.GOAWAY, 0, 1, be32(0), be32(0)), PROTOCOL_ERROR, 'RFC 9113 §6.8'],
	['§6.8 GOAWAY of the wrong size', frame(TYPES.GOAWAY, 0, 0, be32(0)), FRAME_SIZE_ERROR, 'RFC 9113 §6.8'],
	[
		'§6.9 WINDOW_UPDATE of the wrong size',
		frame(TYPES.WINDOW_UPDATE, 0, 0, 0, 0, 1),
		FRAME_SIZE_ERROR,
		'RFC 9113 §6.9',
	],
	['§6.9 WINDOW_UPDATE of 0 on the connection', windowUpdate(0, 0), PROTOCOL_ERROR, 'RFC 9113 §6.9'],
	[
		'§6.9.1 WINDOW_UPDATE beyond 2^31-1 on the connection',
		windowUpdate(0, 0x7fffffff),
		FLOW_CONTROL_ERROR,
		'RFC 9113 §6.9.1',
	],
	[
		'§6.9.2 SETTINGS that make the window of a stream pass 2^31-1',
		bytes(post(1), windowUpdate(1, 0x7fffffff - 65535), settings([4, 65536])),
		FLOW_CONTROL_ERROR,
		'RFC 9113 §6.9.2',
	],
	[
		'§6.10 CONTINUATION without HEADERS',
		frame(TYPES.CONTINUATION, END_HEADERS, 1, block('a', 'b')),
		PROTOCOL_ERROR,
		'RFC 9113 §6.10',
	],
	[
		'§6.10 CONTINUATION on another stream',
		bytes(frame(TYPES.HEADERS, 0, 1, request('GET', '/')), frame(TYPES.CONTINUATION, END_HEADERS, 3)),
		PROTOCOL_ERROR,
		'RFC 9113 §6.10',
	],
	['§6.10 CONTINUATION on the connection', frame(TYPES.CONTINUATION, END_HEADERS, 0), PROTOCOL_ERROR, 'RFC 9113 §6.10'],
	[
		'§6.10 a field block that is interrupted',
		bytes(frame(TYPES.HEADERS, 0, 1, request('GET', '/')), ping()),
		PROTOCOL_ERROR,
		'RFC 9113 §6.10',
	],
	[
		'§6.10 a field block that is interrupted by an unknown frame',
		bytes(frame(TYPES.HEADERS, 0, 1, request('GET', '/')), frame(0xee, 0, 1)),
		PROTOCOL_ERROR,
		'RFC 9113 §6.10',
	],
	[
		'§10.5.1 too many CONTINUATION frames',
		bytes(
			frame(TYPES.HEADERS, 0, 1, request('GET', '/')),
			...Array.from({ length: 9 }, () => frame(TYPES.CONTINUATION, 0, 1, block('a', 'b'))),
		),
		ENHANCE_YOUR_CALM,
		'limits.continuationFrames',
	],
];

describe.each(SPLITS)('connection errors, %s', (_name, send) => {
	test.each(CASES)('RFC 9113 %s', (_title, input, code, rule) => {
		const talk = Talk.open();
		send(talk, input);
		expect(talk.rule).toBe(rule);
		expect(talk.goaway).toBe(code);
		expect(talk.engine.finished).toBe(true);
		expect(talk.faults).toHaveLength(1);
		for (const exchange of talk.exchanges) expect(exchange.outcome).toBe(`lost ${code}`);
		expect(talk.engine.exchanges).toBe(0);
		// Nothing is said behind GOAWAY, whatever comes.
		const said = talk.frames.length;
		talk.send(ping(), get(101));
		expect(talk.frames).toHaveLength(said);
	});

	test.each<[string, Uint8Array]>([
		['bytes of HTTP/1.1', bytes('GET / HTTP/1.1\r\n\r\n')],
		['a preface with an octet changed', bytes('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\r', settings())],
		['a first frame that is not SETTINGS', bytes(PREFACE, ping())],
		['a first frame that acknowledges SETTINGS', bytes(PREFACE, frame(TYPES.SETTINGS, ACK, 0))],
	])('RFC 9113 §3.4: %s', (_title, input) => {
		const talk = new Talk();
		send(talk, input);
		expect(talk.rule).toBe('RFC 9113 §3.4');
		expect(talk.goaway).toBe(PROTOCOL_ERROR);
		expect(talk.engine.finished).toBe(true);
	});
});

test('RFC 9113 §6.8: GOAWAY names the last stream and says why', () => {
	const talk = Talk.open();
	talk.send(get(1), post(7), windowUpdate(0, 0));
	const [goaway] = talk.of(TYPES.GOAWAY);
	expect(talk.lastStream).toBe(7);
	const debug = goaway?.payload.subarray(8) as Uint8Array;
	expect(String.fromCharCode(...debug)).toContain('(RFC 9113 section 6.9)');
});
