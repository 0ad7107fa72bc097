/** Attacks on HTTP/2 that hold what they are given, grow what they send, or break the order of streams. */
import { setTimeout as after } from 'node:timers/promises';
import {
	block,
	bytes,
	data,
	END_STREAM,
	frame,
	get,
	headers,
	post,
	request,
	settings,
	TYPES,
	windowUpdate,
} from '../../support/http2-frames.ts';
import { type Attack, CONNECTIONS, each, STILL_OPEN } from './attack.ts';
import { Http2Foe } from './http2-foe.ts';

const STREAMS = 100;
const id = (index: number): number => index * 2 + 1;

/** Streams that are held open: all have been reset, or the connection has ended. */
async function freed(foe: Http2Foe, streams: number): Promise<string> {
	const until = performance.now() + 8000;
	while (performance.now() < until && !foe.isOver && foe.resets < streams) await after(20);
	const outcome =
		foe.goaway !== ''
			? `GOAWAY ${foe.goaway}`
			: foe.isOver
				? 'closed'
				: foe.resets >= streams
					? `RST_STREAM ${foe.reset}`
					: STILL_OPEN;
	foe.leave();
	return outcome;
}

function hold(
	name: string,
	rule: string,
	allowed: readonly string[],
	act: (foe: Http2Foe) => Promise<number>,
	first: [number, number][] = [],
	reads = true,
): Attack {
	return {
		name,
		rule,
		allowed,
		run: ({ http2 }, tell) =>
			each(CONNECTIONS, async () => {
				const foe = await new Http2Foe(http2, reads).opened(...first);
				tell(await freed(foe, await act(foe)));
			}),
	};
}

/** One frame, and what the connection comes to. */
function single(name: string, rule: string, allowed: readonly string[], octets: () => Uint8Array): Attack {
	return {
		name,
		rule,
		allowed,
		run: ({ http2 }, tell) =>
			each(CONNECTIONS, async () => {
				const foe = await new Http2Foe(http2).opened();
				await foe.send(octets());
				tell(await foe.outcome(1000));
			}),
	};
}

/** Requests that are answered, or not, without harm: how many of them were. */
function asked(name: string, rule: string, count: number, make: (index: number) => Uint8Array): Attack {
	return {
		name,
		rule,
		allowed: ['each answered'],
		run: ({ http2 }, tell) =>
			each(CONNECTIONS, async () => {
				const foe = await new Http2Foe(http2).opened();
				for (let at = 0; at < count && !foe.isOver; at += 50) {
					await foe.send(bytes(...Array.from({ length: 50 }, (_, index) => make(at + index))));
					const until = performance.now() + 5000;
					while (foe.answers < at + 50 && performance.now() < until && !foe.isOver) await after(1);
				}
				const outcome =
					foe.answers >= count
						? 'each answered'
						: foe.goaway !== ''
							? `GOAWAY ${foe.goaway}`
							: foe.isOver
								? 'closed'
								: `${foe.answers} answered`;
				foe.leave();
				tell(outcome);
			}),
	};
}

/** An entry of the compression table as large as it can be, and as many uses of it as a frame has octets. */
const BOMB_ENTRY = bytes(0x40, 1, 'x', 0x7f, 0xa1, 0x1e, 'y'.repeat(4000));
const INDEXED = new Uint8Array(12_000).fill(0x80 | 62);
/** The table emptied, and as large as before (RFC 7541 §6.3). */
const EMPTIED = bytes(0x20, 0x3f, 0xe1, 0x1f);

export const HTTP2_HOLDS: readonly Attack[] = [
	hold(
		'Windows of zero',
		'CVE-2019-9517; timeouts.stall',
		['RST_STREAM CANCEL'],
		async (foe) => {
			await foe.send(bytes(...Array.from({ length: STREAMS }, (_, index) => get(id(index), '/large'))));
			return STREAMS;
		},
		[[4, 0]],
	),
	hold(
		'Windows of an octet, slowly',
		'CVE-2019-9511; timeouts.stallRate',
		['RST_STREAM CANCEL'],
		async (foe) => {
			await foe.send(bytes(...Array.from({ length: STREAMS }, (_, index) => get(id(index), '/large'))));
			for (let turn = 0; turn < 70 && foe.resets < STREAMS && !foe.isOver; turn++) {
				await foe.send(windowUpdate(id(turn % 2), 1));
				await after(100);
			}
			return STREAMS;
		},
		[[4, 0]],
	),
	hold(
		'Responses that are not read',
		'CVE-2019-9517; timeouts.stall',
		['closed', 'RST_STREAM CANCEL'],
		async (foe) => {
			await foe.send(
				bytes(windowUpdate(0, 0x7fff0000), ...Array.from({ length: STREAMS }, (_, index) => get(id(index), '/large'))),
			);
			// A socket that is not read tells nothing of its end: after the deadline it is looked at.
			await after(4500);
			foe.socket.resume();
			return Number.POSITIVE_INFINITY;
		},
		[[4, 0x7fffffff]],
		false,
	),
	hold('Requests that never end', 'timeouts.content', ['RST_STREAM CANCEL'], async (foe) => {
		await foe.send(bytes(...Array.from({ length: STREAMS }, (_, index) => post(id(index), '/sum'))));
		return STREAMS;
	}),
	hold('Content in drops', 'timeouts.content, timeouts.contentRate', ['RST_STREAM CANCEL'], async (foe) => {
		await foe.send(bytes(...Array.from({ length: STREAMS }, (_, index) => post(id(index), '/sum'))));
		for (let turn = 0; turn < 60 && foe.resets < STREAMS && !foe.isOver; turn++) {
			await foe.send(data(id(turn % STREAMS), 0, 'x'));
			await after(100);
		}
		return STREAMS;
	}),
	hold('A head that never ends', 'timeouts.head; RFC 9113 §10.5', ['GOAWAY ENHANCE_YOUR_CALM'], async (foe) => {
		await foe.send(frame(TYPES.HEADERS, END_STREAM, 1, request('GET', '/hello')));
		return 1;
	}),
	hold(
		'Content for applications that have paused',
		'limits.streamWindow',
		['GOAWAY FLOW_CONTROL_ERROR', 'RST_STREAM FLOW_CONTROL_ERROR'],
		async (foe) => {
			for (let stream = 0; stream < 40 && !foe.isOver; stream++) {
				await foe.send(
					bytes(
						post(id(stream), '/paused'),
						...Array.from({ length: 5 }, () => data(id(stream), 0, new Uint8Array(16_384))),
					),
				);
			}
			return 40;
		},
	),
	asked('HPACK bomb', 'CVE-2016-6581; RFC 9113 §10.5.1', 200, (index) =>
		headers(id(index), END_STREAM, bytes(request('GET', '/hello'), index === 0 ? BOMB_ENTRY : '', INDEXED)),
	),
	asked('Churn of the compression table', 'RFC 7541 §4, §7.1.3', 500, (index) =>
		headers(
			id(index),
			END_STREAM,
			bytes(
				EMPTIED,
				request('GET', '/hello'),
				...Array.from({ length: 30 }, (_, line) => bytes(0x40, 3, 'x-a', 60, `${index}.${line}`.padEnd(60, '.'))),
			),
		),
	),
	asked('Too many fields', 'limits.fieldCount; RFC 6585 §5', 500, (index) =>
		headers(
			id(index),
			END_STREAM,
			bytes(request('GET', '/hello'), block(...Array.from({ length: 300 }, () => ['x', 'y']).flat())),
		),
	),
	asked('Fields too large', 'limits.fieldSectionSize; RFC 9113 §10.5.1', 50, (index) => {
		const part = block('x', 'y'.repeat(16_000));
		const stream = id(index);
		return bytes(
			frame(TYPES.HEADERS, END_STREAM, stream, request('GET', '/hello')),
			...Array.from({ length: 4 }, () => frame(TYPES.CONTINUATION, 0, stream, part)),
			frame(TYPES.CONTINUATION, 4, stream, part),
		);
	}),
	single('Window of the connection overflows', 'RFC 9113 §6.9.1', ['GOAWAY FLOW_CONTROL_ERROR'], () =>
		windowUpdate(0, 0x7fffffff),
	),
	single('SETTINGS make windows overflow', 'RFC 9113 §6.9.2', ['GOAWAY FLOW_CONTROL_ERROR'], () =>
		bytes(get(1, '/silent'), windowUpdate(1, 0x7fff0000), settings([4, 0x7fffffff])),
	),
	single('Even stream', 'RFC 9113 §5.1.1', ['GOAWAY PROTOCOL_ERROR'], () => get(2)),
	single('Stream 0', 'RFC 9113 §6.2', ['GOAWAY PROTOCOL_ERROR'], () => get(0)),
	single('Stream that goes back', 'RFC 9113 §5.1.1', ['GOAWAY PROTOCOL_ERROR', 'GOAWAY STREAM_CLOSED'], () =>
		bytes(get(5), get(3)),
	),
	single('Stream used twice', 'RFC 9113 §5.1.1', ['GOAWAY PROTOCOL_ERROR', 'GOAWAY STREAM_CLOSED'], () =>
		bytes(get(1), get(1), get(1)),
	),
	single('Idle stream', 'RFC 9113 §5.1', ['GOAWAY PROTOCOL_ERROR'], () => data(7, 0, 'x')),
	single('Push by the client', 'RFC 9113 §8.4', ['GOAWAY PROTOCOL_ERROR'], () =>
		frame(TYPES.PUSH_PROMISE, 4, 1, 0, 0, 0, 2),
	),
	single('Frame too large', 'RFC 9113 §4.2', ['GOAWAY FRAME_SIZE_ERROR'], () =>
		frame(TYPES.DATA, 0, 1, new Uint8Array(20_000)),
	),
];
