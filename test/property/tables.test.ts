import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Stream } from '../../src/engine/http2/stream.ts';
import { StreamTable } from '../../src/engine/http2/stream-table.ts';
import { Roster } from '../../src/wire/roster.ts';

const stream = (id: number): Stream => ({ id }) as Stream;

describe('StreamTable', () => {
	it('has what a Map would have, whatever is put in and taken out', () => {
		const step = fc.record({ put: fc.boolean(), id: fc.oneof(fc.nat(40), fc.nat(0x7fffffff)) });
		fc.assert(
			fc.property(fc.array(step, { maxLength: 400 }), (steps) => {
				const table = new StreamTable();
				const model = new Map<number, Stream>();
				for (const { put, id } of steps) {
					if (put && !model.has(id)) {
						const one = stream(id);
						table.set(one);
						model.set(id, one);
					} else if (!put) {
						table.delete(id);
						model.delete(id);
					}
					expect(table.size).toBe(model.size);
					expect(table.get(id)).toBe(model.get(id));
				}
				for (const [id, one] of model) expect(table.get(id)).toBe(one);
				expect(table.values()).toEqual([...model.values()].sort((a, b) => a.id - b.id));
			}),
		);
	});

	it('takes the place of a stream that has gone for the next: requests one after another need no more memory', () => {
		const table = new StreamTable();
		for (let id = 1; id < 20_001; id += 2) {
			table.set(stream(id));
			if (id > 64) table.delete(id - 64);
		}
		expect(table.size).toBe(32);
		expect(table.values().map(({ id }) => id)).toEqual(Array.from({ length: 32 }, (_, at) => 19_937 + at * 2));
	});
});

describe('Roster', () => {
	it('has what a Set would have', () => {
		const things = Array.from({ length: 12 }, (_, name) => ({ name, place: -1 }));
		fc.assert(
			fc.property(fc.array(fc.record({ add: fc.boolean(), which: fc.nat(11) })), (steps) => {
				const roster = new Roster<(typeof things)[number]>();
				const model = new Set<(typeof things)[number]>();
				for (const { add, which } of steps) {
					const one = things[which] as (typeof things)[number];
					if (add) roster.add(one);
					else roster.delete(one);
					if (add) model.add(one);
					else model.delete(one);
					expect(roster.size).toBe(model.size);
					expect(new Set(roster.values())).toEqual(model);
				}
				roster.clear();
				expect(roster.size).toBe(0);
				expect(things.every(({ place }) => place === -1)).toBe(true);
			}),
		);
	});
});
