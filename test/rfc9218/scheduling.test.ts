/** Whose content goes next (RFC 9218 §10), and PRIORITY_UPDATE (§7.1). */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Scheduled, Scheduler } from '../../src/engine/http2/scheduler.ts';
import { ErrorCode } from '../../src/wire/fault.ts';
import { Fields } from '../../src/wire/fields.ts';
import { parsePriority } from '../../src/wire/priority.ts';
import { be32, bytes, frame, get, settings, TYPES, windowUpdate } from '../support/http2-frames.ts';
import { SPLITS, Talk } from '../support/http2-talk.ts';

const KIB = 1024;
const FRAME = 16 * KIB;

function update(stream: number, value: string): Uint8Array {
	return frame(TYPES.PRIORITY_UPDATE, 0, 0, be32(stream), value);
}

/** Streams with these priorities, each with so many frames of content to send; the order in which they are sent. */
function orderOf(priorities: readonly string[], frames: number, ...more: Uint8Array[]): number[] {
	const talk = Talk.open({}, [4, 1 << 24]);
	talk.send(
		windowUpdate(0, 1 << 24),
		...priorities.map((priority, i) => get(i * 2 + 1, '/', 'priority', priority)),
		...more,
	);
	for (const { carrier } of talk.exchanges) {
		carrier.respond(200, new Fields(), undefined);
		carrier.write(new Uint8Array(frames * FRAME + 1));
		carrier.write(new Uint8Array(FRAME - 1));
		carrier.end(null);
	}
	talk.turn();
	return talk.of(TYPES.DATA).map((sent) => sent.stream);
}

describe('RFC 9218 §10: the order of content', () => {
	test('lower urgency first', () => {
		expect(orderOf(['u=5', 'u=1', 'u=3'], 1)).toEqual([3, 3, 5, 5, 1, 1]);
	});

	test('not incremental: one after another, in stream order', () => {
		expect(orderOf(['u=3', '', 'u=3'], 1)).toEqual([1, 1, 3, 3, 5, 5]);
	});

	test('incremental: in turns', () => {
		expect(orderOf(['i', 'i', 'i'], 1)).toEqual([1, 3, 5, 1, 3, 5]);
	});

	test.each([1, 2, 3, 8])('incremental: in turns, where the transport takes %i frames at a time', (frames) => {
		const talk = Talk.open({ room: () => frames * FRAME }, [4, 1 << 24]);
		talk.send(windowUpdate(0, 1 << 24), ...[1, 3, 5].map((id) => get(id, '/', 'priority', 'i')));
		for (const { carrier } of talk.exchanges) {
			carrier.respond(200, new Fields(), undefined);
			carrier.write(new Uint8Array(8 * FRAME));
		}
		talk.turn();
		const order = talk.of(TYPES.DATA).map((sent) => sent.stream);
		// Whoever begins: of three frames in a row each stream has one.
		const first = order.slice(0, 3);
		expect(first.toSorted()).toEqual([1, 3, 5]);
		expect(order).toEqual(Array.from({ length: 8 }, () => first).flat());
	});

	test('both: the first that is not incremental takes its turn among the others', () => {
		expect(orderOf(['i', '', 'i', ''], 1)).toEqual([1, 5, 3, 1, 5, 3, 7, 7]);
	});

	test('the priorities of the application count', () => {
		const talk = Talk.open({}, [4, 1 << 24]);
		talk.send(windowUpdate(0, 1 << 24), get(1), get(3));
		for (const { carrier } of talk.exchanges) {
			carrier.respond(200, new Fields(), undefined);
			carrier.write(new Uint8Array(2 * FRAME));
		}
		talk.exchanges[1]?.carrier.prioritize(parsePriority('u=0'));
		talk.send(update(3, 'u=7'));
		expect(talk.of(TYPES.DATA).map((sent) => sent.stream)).toEqual([3, 3, 1, 1]);
		expect(talk.exchanges[1]?.events).not.toContain('priority 7');
	});

	test('a stream whose window is shut lets others go', () => {
		const talk = Talk.open({}, [4, 10]);
		talk.send(get(1, '/', 'priority', 'u=0'), get(3));
		for (const exchange of talk.exchanges) exchange.answer(200, new Uint8Array(100));
		talk.turn();
		expect(talk.of(TYPES.DATA).map((sent) => sent.stream)).toEqual([1, 3]);
		talk.send(windowUpdate(3, 90));
		expect(talk.exchanges[1]?.outcome).toBe('complete 0');
		talk.send(settings([4, 100]));
		expect(talk.exchanges[0]?.outcome).toBe('complete 0');
	});

	test('every stream that is in gets its turn, each once a round', () => {
		const stream = fc.record({ urgency: fc.nat(7), incremental: fc.boolean() });
		fc.assert(
			fc.property(
				fc.array(stream, { minLength: 1, maxLength: 20 }),
				fc.array(fc.tuple(fc.nat(19), stream), { maxLength: 20 }),
				(priorities, changes) => {
					const scheduler = new Scheduler<Scheduled>();
					const streams = priorities.map((priority, i) => ({ id: i * 2 + 1, priority, scheduled: false }));
					for (const each of [...streams].reverse()) scheduler.add(each);
					for (const [i, priority] of changes) {
						const each = streams[i % streams.length] as Scheduled;
						scheduler.next();
						scheduler.reprioritize(each, priority);
					}
					const order: Scheduled[] = [];
					for (let next = scheduler.next(); next !== null; next = scheduler.next()) {
						order.push(next);
						scheduler.remove(next);
					}
					expect(order).toHaveLength(streams.length);
					expect(scheduler.size).toBe(0);
					expect(order.map((each) => each.priority.urgency)).toEqual(order.map((each) => each.priority.urgency).sort());
					for (let urgency = 0; urgency < 8; urgency++) {
						const ids = order
							.filter((each) => each.priority.urgency === urgency && !each.priority.incremental)
							.map((each) => each.id);
						expect(ids).toEqual([...ids].sort((a, b) => a - b));
					}
				},
			),
		);
	});
});

describe.each(SPLITS)('RFC 9218 §7.1: PRIORITY_UPDATE, %s', (_name, send) => {
	test('changes a stream that is open, and its exchange hears of it', () => {
		const talk = Talk.open();
		send(talk, bytes(get(1, '/', 'priority', 'u=1'), update(1, 'u=5, i')));
		expect(talk.only().head.priority).toEqual({ urgency: 1, incremental: false });
		expect(talk.only().events).toEqual(['end', 'priority 5 i']);
	});

	test('may come before its request, and then counts in place of the field', () => {
		const talk = Talk.open();
		send(talk, bytes(update(3, 'u=6'), update(3, 'u=2'), get(1), get(3, '/', 'priority', 'u=7')));
		expect(talk.exchanges.map((exchange) => exchange.head.priority.urgency)).toEqual([3, 2]);
	});

	test.each([
		['for stream 0', update(0, 'u=1'), ErrorCode.PROTOCOL_ERROR],
		['for a push that was not promised', update(2, 'u=1'), ErrorCode.PROTOCOL_ERROR],
		['on a stream', frame(TYPES.PRIORITY_UPDATE, 0, 1, be32(1), 'u=1'), ErrorCode.PROTOCOL_ERROR],
		['without a stream', frame(TYPES.PRIORITY_UPDATE, 0, 0, 0, 0, 1), ErrorCode.FRAME_SIZE_ERROR],
	])('%s ends the connection', (_title, input, code) => {
		const talk = Talk.open();
		send(talk, input);
		expect(talk.goaway).toBe(code);
		expect(talk.rule).toBe('RFC 9218 §7.1');
	});

	test('for a stream that is closed it is passed over', () => {
		const talk = Talk.open({ app: (exchange) => exchange.answer() });
		send(talk, bytes(get(1), update(1, 'u=1')));
		expect(talk.faults).toEqual([]);
	});
});

test('RFC 9218 §7.1: priorities that come early are kept for so many streams as may be open', () => {
	const talk = Talk.open({ limits: { concurrentStreams: 2 } });
	talk.send(update(1, 'u=1'), update(3, 'u=1'), update(5, 'u=1'), update(1, 'u=0'), get(1), get(3));
	for (const exchange of talk.exchanges) exchange.answer();
	talk.turn().send(update(7, 'u=1'), get(5), get(7));
	expect(talk.exchanges.map((exchange) => exchange.head.priority.urgency)).toEqual([0, 1, 3, 1]);
});
