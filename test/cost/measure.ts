/**
 * Counts what requests cost, in a process of its own: octets that V8 allocates for each, by its own count, which no
 * collection disturbs. Prints a JSON object of them by scenario.
 */
import { getHeapStatistics } from 'node:v8';
import { type RichApp, rich, utf8 } from 'rsgi';
import { gatewayToRich, textToRich } from 'rsgi/adapters';
import { bytes, gateway } from 'rsgi/gateway';
import { text } from 'rsgi/text';
import { Connection, type ConnectionServer } from '../../src/connection/connection.ts';
import { MEMORY, MemoryBudget } from '../../src/connection/memory-budget.ts';
import { connectionSettings } from '../../src/connection/settings.ts';
import type { Transport } from '../../src/connection/transport.ts';
import { HpackEncoder } from '../../src/engine/hpack/encoder.ts';
import { encodeLines, type Line } from '../support/hpack-block.ts';
import { be32, frame, bytes as octets, PREFACE, settings, TYPES } from '../support/http2-frames.ts';

/** So that the compiler has settled before anything is counted. */
const WARM_UP = 38_400;
/** A number that all sizes of reads divide. */
const COUNTED = 9_600;
/** The least of so many counts is taken: on a busy machine the compiler settles late. */
const COUNTS = 5;

const HELLO = utf8('Hello, world!');
const NOWHERE = { id: 1, peer: null, local: null, tls: null };

const hello = rich((exchange) => {
	exchange.respond(200, ['content-type', 'text/plain']);
	exchange.end(HELLO);
});
const awaited = rich(async (exchange) => {
	await null;
	exchange.respond(200, ['content-type', 'text/plain']);
	exchange.end(HELLO);
});
const inBytes = gatewayToRich(
	gateway((_environ, startResponse) => {
		startResponse(bytes('200 OK'), [[bytes('content-type'), bytes('text/plain')]]);
		return [HELLO];
	}),
);
const inText = textToRich(
	text((_environ, startResponse) => {
		startResponse('200 OK', [['content-type', 'text/plain']]);
		return [HELLO];
	}),
);

/** Takes everything at once and keeps nothing. */
class Sink implements Transport {
	waiting = 0;
	takesPieces = true;
	writes = 0;
	write(): boolean {
		this.writes++;
		return true;
	}
	writePieces(): boolean {
		this.writes++;
		return true;
	}
	end(): void {}
	destroy(): void {}
	reset(): void {}
	read(): void {}
}

function connect(app: RichApp, protocol: 'http/1.1' | 'h2'): { connection: Connection; sink: Sink } {
	const fail = (error: unknown): never => {
		throw error;
	};
	const server: ConnectionServer = {
		app,
		settings: connectionSettings({}),
		memory: new MemoryBudget(MEMORY, () => {}),
		run: (exchange) => exchange.run(app),
		now: () => 1,
		date: () => 'Sun, 06 Nov 1994 08:49:37 GMT',
		schedule: (connection) => queueMicrotask(() => connection.turn()),
		applicationFault: fail,
		peerFault: fail,
		internalFault: fail,
	};
	const sink = new Sink();
	return { connection: new Connection(server, sink, NOWHERE, protocol), sink };
}

interface Cost {
	/** Octets for each request. */
	readonly allocated: number;
	/** Writes to the transport for each request. */
	readonly writes: number;
}

/** Feeds reads of so many requests each. */
async function cost(sink: Sink, each: number, yields: boolean, feed: () => void): Promise<Cost> {
	const run = async (requests: number): Promise<void> => {
		for (let done = 0; done < requests; done += each) {
			feed();
			// What applications do after an await is done behind it.
			if (yields) await new Promise(setImmediate);
		}
	};
	await run(WARM_UP);
	const writes = sink.writes;
	let least = Number.POSITIVE_INFINITY;
	for (let count = 0; count < COUNTS; count++) {
		const before = getHeapStatistics().total_allocated_bytes;
		await run(COUNTED);
		least = Math.min(least, getHeapStatistics().total_allocated_bytes - before);
	}
	return { allocated: Math.round(least / COUNTED), writes: (sink.writes - writes) / (COUNTED * COUNTS) };
}

async function http1(app: RichApp, each: number, fields: string): Promise<Cost> {
	const { connection, sink } = connect(app, 'http/1.1');
	const read = octets(`GET /hello HTTP/1.1\r\nHost: 127.0.0.1\r\n${fields}\r\n`.repeat(each));
	return await cost(sink, each, app === awaited, () => connection.receive(read));
}

async function http2(app: RichApp, each: number, more: readonly Line[]): Promise<Cost> {
	const { connection, sink } = connect(app, 'h2');
	const credit = frame(TYPES.WINDOW_UPDATE, 0, 0, be32(0x7fff_0000));
	connection.receive(octets(PREFACE, settings([4, 1_000_000]), credit));
	const encoder = new HpackEncoder();
	const head: Line[] = [
		[':method', 'GET'],
		[':scheme', 'http'],
		[':authority', '127.0.0.1'],
		[':path', '/hello'],
		...more,
	];
	let stream = 1;
	return await cost(sink, each, app === awaited, () => {
		const frames: Uint8Array[] = [];
		for (let at = 0; at < each; at++, stream += 2)
			frames.push(frame(TYPES.HEADERS, 0x5, stream, encodeLines(encoder, head)));
		connection.receive(octets(...frames));
	});
}

const FIELDS: readonly Line[] = [
	['user-agent', 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36'],
	['accept', 'text/html,application/xhtml+xml'],
	['accept-encoding', 'gzip, br'],
	['cookie', 'session=4f6a2c9d8e1b7a3f'],
];

/** What it costs to make the frames themselves, which is taken off. */
async function frames(each: number): Promise<number> {
	const encoder = new HpackEncoder();
	const head: Line[] = [
		[':method', 'GET'],
		[':scheme', 'http'],
		[':authority', '127.0.0.1'],
		[':path', '/hello'],
		...FIELDS,
	];
	const made = await cost(new Sink(), each, false, () => {
		const all: Uint8Array[] = [];
		for (let at = 0; at < each; at++) all.push(frame(TYPES.HEADERS, 0x5, 1, encodeLines(encoder, head)));
		octets(...all);
	});
	return made.allocated;
}

async function without(making: number, measured: Promise<Cost>): Promise<Cost> {
	const { allocated, writes } = await measured;
	return { allocated: allocated - making, writes };
}

const making = await frames(32);
const lines = FIELDS.map(([name, value]) => `${name}: ${value}\r\n`).join('');
console.log(
	JSON.stringify({
		'HTTP/1.1': await http1(hello, 1, lines),
		'HTTP/1.1, 16 pipelined': await http1(hello, 16, lines),
		'HTTP/1.1, after an await': await http1(awaited, 1, lines),
		'HTTP/2, 32 in a read': await without(making, http2(hello, 32, FIELDS)),
		'HTTP/2, 32 in a read, after an await': await without(making, http2(awaited, 32, FIELDS)),
		'bytes layer, HTTP/2, 32 in a read': await without(making, http2(inBytes, 32, FIELDS)),
		'text layer, HTTP/2, 32 in a read': await without(making, http2(inText, 32, FIELDS)),
	}),
);
