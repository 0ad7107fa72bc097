/** Content that comes, or goes, an octet at a time (the family of CVE-2019-9511): memory and work go with octets, not with chunks. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ChunkQueue } from '../../src/wire/chunk-queue.ts';
import { Output } from '../../src/wire/output.ts';
import { patterned } from '../support/routes-app.ts';
import { ScriptedCarrier } from '../support/scripted-carrier.ts';
import { scriptedExchange } from '../support/scripted-exchange.ts';
import { settled } from '../support/settled.ts';

const WINDOW = 65535;

/** One octet of the pattern at a time. */
function* octets(length: number): Generator<Uint8Array> {
	const all = patterned(length);
	for (let at = 0; at < length; at++) yield all.slice(at, at + 1);
}

describe('a queue of chunks', () => {
	test('puts small ones together once there are many, and loses none', () => {
		const queue = new ChunkQueue();
		for (const octet of octets(WINDOW)) queue.push(octet);
		expect(queue.size).toBe(WINDOW);
		const taken: Uint8Array[] = [];
		for (let chunk = queue.shift(); chunk !== null; chunk = queue.shift()) taken.push(chunk);
		expect(taken.length).toBeLessThan(50);
		expect(Buffer.concat(taken).equals(patterned(WINDOW))).toBe(true);
		expect(queue.size).toBe(0);
	});

	test('does not keep a block for each small chunk that large ones surround', () => {
		const queue = new ChunkQueue();
		for (let pair = 0; pair < 100; pair++) {
			queue.push(new Uint8Array(1));
			queue.push(new Uint8Array(4096));
		}
		let memory = 0;
		for (let chunk = queue.shift(); chunk !== null; chunk = queue.shift()) memory += chunk.buffer.byteLength;
		expect(memory).toBeLessThan(100 * 4097 * 2);
	});

	test('gives what it was given, in order, however it is taken', () => {
		fc.assert(
			fc.property(
				fc.array(
					fc.oneof(
						fc.record({
							push: fc.oneof(fc.nat({ max: 3 }), fc.nat({ max: 2000 }), fc.nat({ max: 9000 })),
							times: fc.nat({ max: 60 }),
						}),
						fc.record({ move: fc.nat({ max: 5000 }) }),
						fc.constant({ shift: true }),
						fc.constant({ clear: true }),
					),
					{ maxLength: 40 },
				),
				(steps) => {
					const queue = new ChunkQueue();
					const out = new Output();
					let expected: number[] = [];
					let next = 0;
					for (const step of steps) {
						if ('push' in step) {
							for (let time = 0; time < step.times; time++) {
								const chunk = Uint8Array.from({ length: step.push }, () => next++ * 31);
								for (const octet of chunk) expected.push(octet);
								queue.push(chunk);
							}
						} else if ('move' in step) {
							const count = Math.min(step.move, queue.size);
							queue.moveTo(out, count);
							expect(Buffer.compare(out.take(), Uint8Array.from(expected.slice(0, count)))).toBe(0);
							expected = expected.slice(count);
						} else if ('shift' in step) {
							const chunk = queue.shift() ?? new Uint8Array(0);
							expect(Buffer.compare(chunk, Uint8Array.from(expected.slice(0, chunk.length)))).toBe(0);
							expected = expected.slice(chunk.length);
						} else {
							queue.clear();
							expected = [];
						}
						expect(queue.size).toBe(expected.length);
					}
				},
			),
			{ numRuns: 60 },
		);
	});
});

test('CVE-2019-9511: a window of single octets held by a paused application is delivered in few chunks', async () => {
	const carrier = new ScriptedCarrier();
	const exchange = scriptedExchange(carrier);
	const chunks: Uint8Array[] = [];
	exchange.pause();
	exchange.attach({ data: (chunk) => void chunks.push(chunk) });
	for (const octet of octets(WINDOW)) exchange.content(octet);
	await settled();
	expect(chunks).toEqual([]);
	exchange.resume();
	await settled();
	expect(Buffer.concat(chunks).equals(patterned(WINDOW))).toBe(true);
	expect(chunks.length).toBeLessThan(50);
	const credited = carrier.log.map((line) => Number(/^credit (\d+)/.exec(line)?.[1] ?? 0));
	expect(credited.reduce((sum, octets) => sum + octets, 0)).toBe(WINDOW);
});
