/** Arbitrary bytes and splits (RFC 9113 §5.4): nothing throws, nothing grows without bound, splits change nothing. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
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
	PREFACE,
	ping,
	post,
	request,
	rst,
	SETTINGS_ACK,
	settings,
	TYPES,
	windowUpdate,
} from '../support/http2-frames.ts';
import { type Exchange, Talk } from '../support/http2-talk.ts';

/** Answers in one of several ways, by the number of the request. */
function app(exchange: Exchange): void {
	const { carrier, head } = exchange;
	switch (head.target.length % 5) {
		case 0:
			exchange.answer(200, 'hello');
			break;
		case 1:
			exchange.onEnd = () => exchange.answer(200, exchange.text.slice(0, 100), 'x', 'y');
			break;
		case 2:
			carrier.discard();
			exchange.answer(404);
			break;
		case 3:
			exchange.credits = false;
			break;
		default:
			if (carrier.canAccept) carrier.accept(head.fields);
			else carrier.reset(8);
	}
}

/** Frames that are mostly well-formed, on few streams, so that they meet in all states. */
const id = fc.constantFrom(0, 1, 1, 3, 3, 5, 7, 9, 11, 2, 4);
const someFrame = fc.oneof(
	fc
		.tuple(id, fc.integer({ min: 0, max: 63 }), fc.string({ maxLength: 6 }))
		.map(([stream, flags, path]) => frame(TYPES.HEADERS, flags | END_HEADERS, stream, request('POST', `/${path}`))),
	fc.tuple(id, fc.constantFrom('/', '/a', '/ab', '/abc', '/abcd')).map(([stream, path]) => post(stream, path)),
	id.map((stream) => headers(stream, END_STREAM, block('a', 'b'))),
	id.map((stream) => headers(stream, 0, block(':method', 'CONNECT', ':authority', 'a:1'))),
	fc
		.tuple(id, fc.integer({ min: 0, max: 9 }), fc.uint8Array({ maxLength: 300 }))
		.map(([stream, flags, content]) => frame(TYPES.DATA, flags, stream, content)),
	fc.tuple(id, fc.integer({ min: 0, max: 0x7fffffff })).map(([stream, n]) => windowUpdate(stream, n)),
	fc.tuple(id, fc.nat(14)).map(([stream, code]) => rst(stream, code)),
	fc.tuple(fc.nat(9), fc.integer({ min: 0, max: 0xffffffff })).map(([setting, value]) => settings([setting, value])),
	fc
		.tuple(id, fc.string({ maxLength: 8 }))
		.map(([stream, value]) => frame(TYPES.PRIORITY_UPDATE, 0, 0, be32(stream), value)),
	fc
		.tuple(fc.nat(18), fc.nat(255), id, fc.uint8Array({ maxLength: 40 }))
		.map(([type, flags, stream, payload]) => frame(type, flags, stream, payload)),
	fc.constant(ping()),
	fc.constant(SETTINGS_ACK),
);

function cut(input: Uint8Array, places: readonly number[]): Uint8Array[] {
	const at = [0, ...places.map((place) => place % (input.length + 1)).sort((a, b) => a - b), input.length];
	return at.slice(1).map((end, i) => input.slice(at[i], end));
}

/** All that the engine said and told, with the parts of content put together. */
function record(talk: Talk): unknown {
	const merged = talk.frames.map(({ type, flags, stream, payload }) => [type, flags, stream, ...payload].join());
	return {
		// Credit and acknowledgements may come in other places, as turns end elsewhere.
		frames: merged.filter((line) => !line.startsWith(`${TYPES.WINDOW_UPDATE},`)).sort(),
		exchanges: talk.exchanges.map((exchange) => [
			exchange.text,
			exchange.trailers,
			exchange.events.filter((event) => !/^(content|sent)/.test(event)),
		]),
		faults: talk.faults.map(String),
		finished: talk.engine.finished,
	};
}

describe('arbitrary input', () => {
	test('bytes of any kind behind a valid preface', () => {
		fc.assert(
			fc.property(fc.array(fc.uint8Array({ maxLength: 200 }), { maxLength: 20 }), (chunks) => {
				const talk = Talk.open({ app });
				for (const chunk of chunks) talk.send(chunk);
				talk.pass(1000);
				expect(talk.engine.exchanges).toBeLessThanOrEqual(128);
			}),
			{ numRuns: 300 },
		);
	});

	test('frames of any kind: one terminal event each, and the counts agree', () => {
		fc.assert(
			fc.property(fc.array(someFrame, { maxLength: 60 }), (frames) => {
				const talk = Talk.open({ app });
				for (const input of frames) talk.send(input);
				const open = talk.exchanges.filter((exchange) => exchange.outcome === undefined);
				// Those that were reset by the application hear nothing more.
				const reset = open.filter((exchange) => exchange.head.target.length % 5 === 4 && !exchange.carrier.canAccept);
				expect(talk.engine.exchanges).toBe(open.length - reset.length);
				for (let i = 0; i < 200; i++) talk.pass(1000);
				expect(talk.engine.output.at).toBe(0);
				talk.engine.abandon('shutdown');
				expect(talk.engine.exchanges).toBe(0);
				for (const exchange of talk.exchanges) {
					const ends = exchange.events.filter((event) => event.startsWith('closed'));
					expect(ends).toHaveLength(reset.includes(exchange) ? 0 : 1);
					if (ends.length > 0) expect(exchange.events.at(-1)).toBe(ends[0]);
					const end = exchange.events.indexOf('end');
					if (end >= 0) expect(exchange.events.slice(end).some((event) => event.startsWith('content'))).toBe(false);
				}
			}),
			{ numRuns: 500 },
		);
	});

	test('a conversation in any split has the same outcome', () => {
		const input = bytes(
			PREFACE,
			settings([4, 100], [2, 0]),
			SETTINGS_ACK,
			get(1, '/abcd'),
			post(3, '/abcde'),
			data(3, 0, 'hello '),
			frame(TYPES.DATA, 8, 3, 4, 'world', 0, 0, 0, 0),
			ping('abcdefgh'),
			frame(TYPES.HEADERS, 0, 5, request('POST', '/abcdefghij').subarray(0, 30)),
			frame(TYPES.CONTINUATION, END_HEADERS, 5, request('POST', '/abcdefghij').subarray(30)),
			data(5, 0, new Uint8Array(300)),
			headers(3, END_STREAM, block('sum', '11')),
			data(5, END_STREAM, 'x'),
			frame(0xab, 3, 9, 'unknown'),
			headers(7, END_STREAM, request('GET', '')),
			get(9, '/abcd'),
			windowUpdate(5, 1000),
			frame(TYPES.PING, ACK, 0, 'notours!'),
		);
		const whole = new Talk({ app });
		whole.send(input);
		const expected = record(whole);
		expect(whole.exchanges).toHaveLength(4);
		fc.assert(
			fc.property(fc.array(fc.nat(input.length), { maxLength: 30 }), (places) => {
				const talk = new Talk({ app });
				for (const part of cut(input, places)) talk.send(part);
				expect(record(talk)).toEqual(expected);
			}),
			{ numRuns: 200 },
		);
	});

	test('any frames in any split have the same outcome', () => {
		fc.assert(
			fc.property(
				fc.array(someFrame, { maxLength: 12 }),
				fc.array(fc.nat(2000), { maxLength: 12 }),
				(frames, places) => {
					const input = bytes(...frames);
					const byFrames = Talk.open({ app });
					for (const part of frames) byFrames.send(part);
					const byPlaces = Talk.open({ app });
					for (const part of cut(input, places)) byPlaces.send(part);
					expect(byPlaces.faults.map(String).at(-1)).toEqual(byFrames.faults.map(String).at(-1));
					expect(byPlaces.engine.finished).toBe(byFrames.engine.finished);
					expect(byPlaces.exchanges.map((exchange) => exchange.head.target)).toEqual(
						byFrames.exchanges.map((exchange) => exchange.head.target),
					);
				},
			),
			{ numRuns: 300 },
		);
	});
});
