import { describe, expect, it } from 'vitest';
import { type RichApp, rich } from '../../src/rich/app.ts';
import type { Exchange } from '../../src/rich/exchange.ts';
import { ErrorCode } from '../../src/wire/fault.ts';
import { latin1Decode } from '../../src/wire/latin1.ts';
import { ConnectionTalk } from '../support/connection-talk.ts';
import { be32, bytes, frame, get, PREFACE, settings, TYPES } from '../support/http2-frames.ts';
import { RecordingHandler } from '../support/recording-handler.ts';
import { settled } from '../support/settled.ts';

const SIZE = 1_000_000;
/** What waits is lent from here on, and so much at a time. */
const AT_ONCE = 512 * 1024;

const text = (octets: Uint8Array): string => latin1Decode(octets, 0, octets.length);

interface Large {
	readonly talk: ConnectionTalk;
	readonly handler: RecordingHandler;
	readonly chunk: Uint8Array;
	readonly exchange: () => Exchange;
}

/** A response of one large chunk, on a transport that takes pieces and lets none of them leave. */
function large(version: '1.1' | '2', ends: boolean): Large {
	const chunk = new Uint8Array(SIZE).fill(0x61);
	const handler = new RecordingHandler();
	let begun: Exchange | null = null;
	const app: RichApp = rich((exchange) => {
		begun = exchange;
		exchange.respond(200, ['content-length', String(SIZE)]);
		exchange.write(chunk);
		if (ends) exchange.end();
		return handler;
	});
	const talk = new ConnectionTalk(app, version === '2' ? 'h2' : 'http/1.1');
	talk.transport.takesPieces = true;
	talk.transport.stuck = true;
	if (version === '1.1') talk.feed('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
	else {
		const credit = frame(TYPES.WINDOW_UPDATE, 0, 0, be32(2 * SIZE));
		talk.feed(text(bytes(PREFACE, settings([4, 2 * SIZE]), credit, get(1))));
	}
	return { talk, handler, chunk, exchange: () => begun as unknown as Exchange };
}

/** The content of the response, as the peer has it. */
function received({ talk }: Large): number {
	return talk.transport.written.split('a'.repeat(1000)).length - 1;
}

function leave({ talk }: Large): void {
	talk.transport.unstick();
	talk.connection.returned();
}

describe.each(['1.1', '2'] as const)('RICH-24 a large chunk is lent to the transport, HTTP/%s', (version) => {
	it('and is not copied on its way', async () => {
		const one = large(version, true);
		await settled();
		const lent = one.talk.transport.lent.filter((piece) => piece.buffer === one.chunk.buffer);
		const octets = lent.reduce((sum, piece) => sum + piece.length, 0);
		expect(octets).toBeGreaterThan(AT_ONCE - 20_000);
		expect(octets).toBeLessThanOrEqual(AT_ONCE + 20_000);
	});

	it('the end is told when the transport has it no more, and every octet has come', async () => {
		const one = large(version, true);
		await settled();
		expect(one.handler.log).toEqual(['end']);
		leave(one);
		await settled();
		expect(one.handler.log).toEqual(['end', 'closed complete 0']);
		expect(received(one)).toBeGreaterThan(900);
		expect(one.talk.transport.written.split('a').length - 1).toBeGreaterThanOrEqual(SIZE);
	});

	it('drain waits for the transport too', async () => {
		const one = large(version, false);
		await settled();
		one.talk.connection.turn();
		expect(one.handler.log).toEqual(['end']);
		leave(one);
		await settled();
		expect(one.handler.log).toEqual(['end', 'drain']);
	});

	it('after an abort the chunk comes back with `closed`, not before the transport has let go of it', async () => {
		const one = large(version, true);
		one.exchange().abort(ErrorCode.CANCEL);
		await settled();
		one.talk.connection.turn();
		expect(one.handler.log.filter((line) => line.startsWith('closed'))).toEqual([]);
		leave(one);
		await settled();
		expect(one.handler.log.at(-1)).toBe('closed aborted 8');
	});

	it('a connection that is lost gives it back at once', async () => {
		const one = large(version, true);
		one.talk.connection.lost();
		await settled();
		expect(one.handler.log.at(-1)).toBe('closed lost 0');
	});

	it('and so does one that is given up, with a reset', async () => {
		const one = large(version, true);
		one.talk.connection.abandon('shutdown');
		await settled();
		expect(one.handler.log.at(-1)).toBe('closed shutdown 0');
		expect(one.talk.transport.closes).toEqual(['reset']);
	});
});

describe('RICH-24 chunks on a shared connection', () => {
	it('a stream reset by the peer is told when its chunk is back; its neighbours go on', async () => {
		const one = large('2', true);
		one.talk.feed(text(frame(TYPES.RST_STREAM, 0, 1, be32(ErrorCode.CANCEL))));
		await settled();
		expect(one.handler.log.filter((line) => line.startsWith('closed'))).toEqual([]);
		leave(one);
		await settled();
		expect(one.handler.log.at(-1)).toBe('closed reset 8');
	});

	it('what is lent in a turn and aborted in the same comes back no sooner', async () => {
		const chunk = new Uint8Array(10_000).fill(0x62);
		const handler = new RecordingHandler();
		const app: RichApp = rich((exchange) => {
			exchange.respond(200);
			if (exchange.target === '/large') {
				exchange.end(new Uint8Array(300_000));
				return;
			}
			// A chunk waits for the next one.
			exchange.write(chunk);
			exchange.write(chunk);
			exchange.abort(ErrorCode.CANCEL);
			return handler;
		});
		const talk = new ConnectionTalk(app, 'h2');
		talk.transport.takesPieces = true;
		// So much waits that content is lent, and nothing of it can leave: the peer gives that stream no credit.
		const credit = frame(TYPES.WINDOW_UPDATE, 0, 0, be32(2 * SIZE));
		talk.feed(text(bytes(PREFACE, settings(), credit, get(1, '/large'))));
		await settled();
		talk.transport.stuck = true;
		talk.feed(text(get(3)));
		await settled();
		expect(talk.transport.lent.filter((piece) => piece.buffer === chunk.buffer)).toHaveLength(1);
		expect(handler.log.filter((line) => line.startsWith('closed'))).toEqual([]);
		talk.transport.unstick();
		talk.connection.returned();
		await settled();
		expect(handler.log.at(-1)).toBe('closed aborted 8');
	});

	it('RFC 9113 §5.1.2 a stream that the peer may have seen end makes room for another, though its chunk is not back', async () => {
		const targets: string[] = [];
		const app: RichApp = rich((exchange) => {
			targets.push(exchange.target);
			exchange.respond(200);
			exchange.end(new Uint8Array(300_000));
		});
		const talk = new ConnectionTalk(app, 'h2', { http2: { concurrentStreams: 1 } });
		talk.transport.takesPieces = true;
		talk.transport.stuck = true;
		const credit = frame(TYPES.WINDOW_UPDATE, 0, 0, be32(2 * SIZE));
		talk.feed(text(bytes(PREFACE, settings([4, 2 * SIZE]), credit, get(1, '/1'))));
		talk.feed(text(get(3, '/3')));
		await settled();
		expect(targets).toEqual(['/1', '/3']);
	});

	it('who has none of it there is told of the end at once, however long the peer keeps the chunks of others', async () => {
		let open = 0;
		const app: RichApp = rich((exchange) => {
			open++;
			exchange.respond(200);
			exchange.end(new Uint8Array(300_000));
			return { closed: () => void open-- };
		});
		const talk = new ConnectionTalk(app, 'h2');
		talk.transport.takesPieces = true;
		talk.transport.stuck = true;
		const credit = frame(TYPES.WINDOW_UPDATE, 0, 0, be32(2 * SIZE));
		talk.feed(text(bytes(PREFACE, settings([4, 2 * SIZE]), credit, get(1))));
		for (let id = 3; id < 203; id += 2) {
			talk.feed(text(bytes(get(id), frame(TYPES.RST_STREAM, 0, id, be32(ErrorCode.CANCEL)))));
		}
		await settled();
		expect(open).toBe(1);
	});

	it('while some is lent no more is: a peer that always asks for the next cannot keep the first from coming back', async () => {
		const handlers: RecordingHandler[] = [];
		const app: RichApp = rich((exchange) => {
			const handler = new RecordingHandler();
			handlers.push(handler);
			exchange.respond(200);
			exchange.end(new Uint8Array(300_000));
			return handler;
		});
		const talk = new ConnectionTalk(app, 'h2');
		talk.transport.takesPieces = true;
		talk.transport.stuck = true;
		const credit = frame(TYPES.WINDOW_UPDATE, 0, 0, be32(2 * SIZE));
		talk.feed(text(bytes(PREFACE, settings([4, 2 * SIZE]), credit, get(1))));
		talk.feed(text(get(3)));
		await settled();
		expect(talk.transport.waiting).toBeLessThan(310_000);
		talk.transport.unstick();
		talk.transport.stuck = true;
		talk.connection.returned();
		await settled();
		expect(handlers.map(({ log }) => log.at(-1))).toEqual(['closed complete 0', 'end']);
		expect(talk.transport.waiting).toBeGreaterThan(300_000);
	});

	it('little is copied, and told at once', async () => {
		const handler = new RecordingHandler();
		const talk = new ConnectionTalk(
			rich((exchange) => {
				exchange.respond(200);
				exchange.end(new Uint8Array(50_000));
				return handler;
			}),
			'http/1.1',
		);
		talk.transport.takesPieces = true;
		talk.transport.stuck = true;
		talk.feed('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
		await settled();
		expect(talk.transport.lent).toEqual([]);
		expect(handler.log).toEqual(['end', 'closed complete 0']);
	});
});
