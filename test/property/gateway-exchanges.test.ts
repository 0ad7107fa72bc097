/** Rich applications that do anything, in any order, on a gateway whose reader may stop at any place. */
import fc from 'fast-check';
import { type Exchange, type Outcome, utf8 } from 'rsgi';
import type { Step } from 'rsgi/gateway';
import { expect, test } from 'vitest';
import { ReadGateway } from '../support/read-gateway.ts';
import { settled } from '../support/settled.ts';

const ACTS: Record<string, (exchange: Exchange) => unknown> = {
	respond: (exchange) => exchange.respond(200, ['x-a', '1']),
	short: (exchange) => exchange.respond(200, ['content-length', '3']),
	empty: (exchange) => exchange.respond(204),
	write: (exchange) => exchange.write(utf8('ab')),
	much: (exchange) => exchange.write(new Uint8Array(70_000)),
	end: (exchange) => exchange.end(utf8('c')),
	abort: (exchange) => exchange.abort(),
	refuse: (exchange) => exchange.refuse(),
	pause: (exchange) => exchange.pause(),
	resume: (exchange) => exchange.resume(),
	discard: (exchange) => exchange.discard(),
	wait: () => settled(),
	throw: () => {
		throw new Error('thrown');
	},
};

const acts = fc.array(fc.constantFrom(...Object.keys(ACTS)), { maxLength: 8 });

const situation = fc.record({
	before: acts,
	/** Runs on after the first wait; otherwise all is done in the call. */
	later: fc.option(acts, { nil: null }),
	attached: fc.boolean(),
	takesData: fc.boolean(),
	content: fc.constantFrom('', 'some'),
	stopAfter: fc.nat(4),
	readsFirst: fc.boolean(),
});

test('ADAPT-29: closed comes once, whatever the application and the reader do', async () => {
	await fc.assert(
		fc.asyncProperty(situation, async (one) => {
			const outcomes: Outcome[] = [];
			let exchange: Exchange | null = null;
			let begun = false;
			let read: ReadGateway | null = null;
			try {
				read = await ReadGateway.of(
					(opened) => {
						exchange = opened;
						const closed = (outcome: Outcome): void => void outcomes.push(outcome);
						if (one.attached) opened.attach(one.takesData ? { closed, data() {} } : { closed });
						begun = true;
						for (const act of one.before) void ACTS[act]?.(opened);
						const { later } = one;
						if (later === null) return;
						return (async () => {
							await settled();
							for (const act of later) await ACTS[act]?.(opened);
						})();
					},
					{
						REQUEST_METHOD: (one.content === '' ? 'GET' : 'POST') as never,
						CONTENT_LENGTH: one.content.length.toString() as never,
					},
				);
			} catch (error) {
				// A failure of the call: there is no body, and the exchange is over.
				expect(String(error)).toMatch(/thrown|RICH-|ExchangeEnded/);
			}
			await settled();
			if (read !== null) {
				const { reader } = read;
				if (one.readsFirst) {
					for (let taken = 0; taken < one.stopAfter; taken++) {
						// A step may be pending for ever, where the application never responds.
						const step = await Promise.race([
							(async () => reader.next())().catch(() => null),
							settled()
								.then(settled)
								.then(settled)
								.then(() => null),
						]);
						if (step === null || (step as Step).done === true) break;
					}
				}
				await (async () => reader.stop())().catch(() => {});
			}
			await settled();
			await settled();
			expect(begun).toBe(true);
			expect((exchange as unknown as Exchange).outcome).not.toBeNull();
			expect(outcomes).toHaveLength(one.attached ? 1 : 0);
			if (one.attached) expect(outcomes[0]).toEqual((exchange as unknown as Exchange).outcome);
		}),
		{ numRuns: 1500 },
	);
});
