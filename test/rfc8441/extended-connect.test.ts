/** Extended CONNECT (RFC 8441): announced when asked for, checked, and answered by a tunnel. */
import { describe, expect, test } from 'vitest';
import { ErrorCode } from '../../src/wire/fault.ts';
import { Fields } from '../../src/wire/fields.ts';
import { block, bytes, data, END_STREAM, headers, TYPES } from '../support/http2-frames.ts';
import { SPLITS, Talk } from '../support/http2-talk.ts';

const PSEUDO = [
	':method',
	'CONNECT',
	':protocol',
	'websocket',
	':scheme',
	'https',
	':path',
	'/chat?x',
	':authority',
	'example.org',
];

function without(name: string): Uint8Array {
	const at = PSEUDO.indexOf(name);
	return block(...PSEUDO.slice(0, at), ...PSEUDO.slice(at + 2));
}

describe.each(SPLITS)('extended CONNECT, %s', (_name, send) => {
	test('RFC 8441 §4, §5: a request, its tunnel, and the end of both halves', () => {
		const talk = Talk.open({
			extendedConnect: true,
			app: ({ carrier }) => carrier.accept(Fields.of('sec-websocket-protocol', 'chat')),
		});
		send(
			talk,
			bytes(
				headers(1, 0, block(...PSEUDO, 'sec-websocket-protocol', 'chat')),
				data(1, 0, 'ping'),
				data(1, END_STREAM, 'bye'),
			),
		);
		const exchange = talk.only();
		expect(exchange.head).toMatchObject({
			method: 'CONNECT',
			protocol: 'websocket',
			scheme: 'https',
			authority: 'example.org',
			target: '/chat?x',
			contentLength: -1,
		});
		expect(exchange.carrier.canAccept).toBe(true);
		expect(exchange.text).toBe('pingbye');
		expect(exchange.events.at(-1)).toBe('end');
		exchange.carrier.write(bytes('pong'));
		exchange.carrier.end(null);
		talk.turn();
		expect(talk.statuses(1)).toEqual(['200']);
		expect(talk.lines(talk.of(TYPES.HEADERS)[0] as never)).toContain('sec-websocket-protocol');
		expect(talk.text(1)).toBe('pong');
		expect(exchange.outcome).toBe('complete 0');
	});

	test.each([
		['§4: without :scheme', without(':scheme'), 'RFC 9113 §8.3.1'],
		['§4: without :path', without(':path'), 'RFC 9113 §8.3.1'],
		['§4: without :authority', bytes(without(':authority'), block('host', 'example.org')), 'RFC 8441 §4'],
		['§4: with another method', block(':method', 'GET', ...PSEUDO.slice(2)), 'RFC 8441 §4'],
		['§4: with two :protocol', block(...PSEUDO, ':protocol', 'websocket'), 'RFC 9113 §8.3.1'],
		['§4: with a :protocol that is none', block(':protocol', 'web socket', ...PSEUDO), 'RFC 8441 §4'],
		['§4: with an empty :protocol', block(':protocol', '', ...PSEUDO), 'RFC 8441 §4'],
	])('RFC 8441 %s it is malformed', (_title, fields, rule) => {
		const talk = Talk.open({ extendedConnect: true });
		send(talk, headers(1, 0, fields));
		expect(talk.resets(1)).toEqual([ErrorCode.PROTOCOL_ERROR]);
		expect(talk.rule).toBe(rule);
	});

	test('RFC 8441 §3: not announced, :protocol is malformed', () => {
		const talk = Talk.open();
		send(talk, headers(1, 0, block(...PSEUDO)));
		expect(talk.resets(1)).toEqual([ErrorCode.PROTOCOL_ERROR]);
		expect(talk.rule).toBe('RFC 8441 §3');
	});
});

test('RFC 8441 §3: SETTINGS_ENABLE_CONNECT_PROTOCOL is sent only when asked for', () => {
	for (const extendedConnect of [true, false]) {
		const talk = new Talk({ extendedConnect });
		talk.turn();
		const payload = talk.frames[0]?.payload as Uint8Array;
		const ids = Array.from({ length: payload.length / 6 }, (_, i) => payload[i * 6 + 1]);
		expect(ids.includes(8)).toBe(extendedConnect);
	}
});

test('RFC 8441 §5: an abrupt end of the tunnel', () => {
	const talk = Talk.open({ extendedConnect: true });
	talk.send(headers(1, 0, block(...PSEUDO)));
	talk.only().carrier.accept(new Fields());
	talk.only().carrier.write(bytes('x'));
	talk.only().carrier.reset(ErrorCode.CANCEL);
	talk.turn();
	expect(talk.resets(1)).toEqual([ErrorCode.CANCEL]);
});
