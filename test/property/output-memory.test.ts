import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Output } from '../../src/wire/output.ts';

/** What one of several outputs does next. */
type Step =
	| { readonly do: 'write'; readonly output: number; readonly octet: number; readonly length: number }
	| { readonly do: 'take'; readonly output: number }
	| { readonly do: 'reuse'; readonly which: number };

const step: fc.Arbitrary<Step> = fc.oneof(
	fc.record({
		do: fc.constant('write' as const),
		output: fc.nat(2),
		octet: fc.nat(255),
		length: fc.oneof(fc.integer({ min: 1, max: 60 }), fc.integer({ min: 1, max: 9000 }), fc.constant(600_000)),
	}),
	fc.record({ do: fc.constant('take' as const), output: fc.nat(2) }),
	fc.record({ do: fc.constant('reuse' as const), which: fc.nat(5) }),
);

describe('the memory that outputs share', () => {
	it('what was taken stays as it was until it is given back, whatever other outputs do', () => {
		fc.assert(
			fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
				const outputs = [new Output(), new Output(), new Output()];
				const gathered: number[][] = [[], [], []];
				const out: { taken: Uint8Array; copy: Uint8Array }[] = [];
				for (const one of steps) {
					if (one.do === 'write') {
						outputs[one.output]?.raw(new Uint8Array(one.length).fill(one.octet));
						gathered[one.output]?.push(one.octet, one.length);
					} else if (one.do === 'take') {
						const taken = (outputs[one.output] as Output).take();
						const parts = gathered[one.output] as number[];
						let at = 0;
						for (let i = 0; i < parts.length; i += 2) {
							const length = parts[i + 1] as number;
							expect(taken.subarray(at, at + length).every((octet) => octet === parts[i])).toBe(true);
							at += length;
						}
						expect(taken.length).toBe(at);
						gathered[one.output] = [];
						if (at > 0) out.push({ taken, copy: taken.slice() });
					} else {
						const [back] = out.splice(one.which, 1);
						if (back !== undefined) (outputs[0] as Output).reuse(back.taken);
					}
					for (const { taken, copy } of out) expect(Buffer.compare(taken, copy)).toBe(0);
				}
			}),
			{ numRuns: 300 },
		);
	});

	it('takes the same memory again once it has been given back, and the same view of as many octets', () => {
		const [one, other] = [new Output(), new Output()];
		one.latin1('hello');
		const taken = one.take();
		one.reuse(taken);
		other.latin1('world');
		expect(other.take()).toBe(taken);
	});
});
