/** ESC-4, ESC-26 as a model: whatever happens to an exchange, what was registered for it is run or discarded, once. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Lower, Origin, type Placeholder } from '../../src/escape/origin.ts';
import { rich } from '../../src/rich/app.ts';
import type { Exchange } from '../../src/rich/exchange.ts';
import { type PairClient, pair } from '../../src/rich/pair.ts';
import { settled } from '../support/settled.ts';

/** One registration, and what became of it. */
interface Entry {
	readonly placeholder: Placeholder;
	readonly ends: string[];
}

interface Model {
	responded: boolean;
	ended: boolean;
	finished: boolean;
	gone: boolean;
}

interface Real {
	readonly exchange: Exchange;
	readonly origin: Origin;
	readonly client: PairClient;
	readonly entries: Entry[];
	readonly failures: unknown[];
}

type Change = 'none' | 'status' | 'content' | 'type' | 'longer' | 'prefix' | 'unknown';

type Step =
	| { readonly kind: 'register'; readonly whole: boolean; readonly throws: boolean; readonly fails: boolean }
	| { readonly kind: 'respond'; readonly at: number; readonly change: Change; readonly cut: number }
	| { readonly kind: 'end' | 'flush' | 'finish' | 'reset' | 'lose' | 'abort' | 'closed' };

class Command implements fc.AsyncCommand<Model, Real> {
	readonly #step: Step;
	constructor(step: Step) {
		this.#step = step;
	}

	check(model: Readonly<Model>): boolean {
		switch (this.#step.kind) {
			case 'respond':
				return !model.responded && !model.finished;
			case 'end':
			case 'flush':
				return model.responded && !model.ended && !model.finished;
			case 'finish':
				return !model.finished;
			case 'reset':
			case 'lose':
			case 'abort':
				return !model.gone;
			default:
				return true;
		}
	}

	async run(model: Model, real: Real): Promise<void> {
		const step = this.#step;
		switch (step.kind) {
			case 'register':
				this.#register(step, model, real);
				break;
			case 'respond':
				model.responded = true;
				this.#respond(step, real);
				break;
			case 'end':
				model.ended = true;
				real.origin.output.end();
				break;
			case 'flush':
				real.origin.output.flush();
				break;
			case 'finish':
				finish(model, real);
				break;
			case 'reset':
				model.gone = true;
				real.client.reset(8);
				break;
			case 'lose':
				model.gone = true;
				real.client.lose();
				break;
			case 'abort':
				model.gone = true;
				real.exchange.abort();
				break;
			case 'closed':
				// A layer may tell twice that it is over: once is enough.
				if (real.exchange.outcome !== null) real.origin.closed(real.exchange.outcome);
		}
		await settled();
		for (const { ends } of real.entries) expect(ends.length).toBeLessThanOrEqual(1);
		expect(real.entries.filter(({ ends }) => ends[0] === 'run').length).toBeLessThanOrEqual(1);
	}

	#register(step: Extract<Step, { kind: 'register' }>, model: Model, { exchange, origin, entries }: Real): void {
		const ends: string[] = [];
		const app = rich((exchange) => {
			ends.push('run');
			if (step.fails) throw new Error('the application fails');
			exchange.respond(200);
			exchange.end();
		});
		const discarded = (why: { reason: string }): void => {
			ends.push(why.reason);
			if (step.throws) throw new Error('the callback fails');
		};
		let placeholder: Placeholder | null = null;
		try {
			placeholder = origin.register(app, { content: step.whole ? 'whole' : 'any', discarded });
		} catch (error) {
			expect(String(error)).toContain('ESC-5');
			expect(ends).toEqual([]);
		}
		const isBroken = exchange.outcome !== null && exchange.outcome.reason !== 'complete';
		if (isBroken) expect([placeholder === null, ends]).toEqual([false, ['ended']]);
		else if (model.finished) expect(placeholder).toBeNull();
		if (placeholder !== null) entries.push({ placeholder, ends });
	}

	#respond({ at, change, cut }: Extract<Step, { kind: 'respond' }>, { origin, entries }: Real): void {
		const entry = entries[at % Math.max(1, entries.length)];
		const { output } = origin;
		if (entry === undefined) {
			output.respond(200, ['content-type', 'text/plain']);
			return;
		}
		const { fields, content, tag } = entry.placeholder;
		const lines = change === 'type' ? ['content-type', 'text/html'] : [...fields];
		const whole =
			change === 'content' ? new Uint8Array(3) : change === 'longer' ? new Uint8Array([...content, 1]) : content;
		if (change === 'longer') lines.splice(2, 2);
		if (change === 'content') lines.splice(2, 2, 'content-length', '3');
		if (change === 'unknown') lines[1] = `application/vnd.rsgi.escape; id=${tag.replace(/.{8}$/, '00000000')}`;
		output.respond(change === 'status' ? 404 : 200, lines);
		output.write(whole.subarray(0, cut));
		if (change !== 'prefix') output.write(whole.subarray(cut));
	}

	toString(): string {
		return JSON.stringify(this.#step);
	}
}

function finish(model: Model, { origin, failures }: Real): void {
	model.finished = true;
	try {
		const returned = origin.finish();
		if (returned !== undefined) void returned.then(undefined, (error: unknown) => failures.push(error));
	} catch (error) {
		failures.push(error);
	}
}

async function open(unread: Lower['unread']): Promise<Real> {
	let exchange: Exchange | null = null;
	let origin: Origin | null = null;
	const failures: unknown[] = [];
	const application = rich((opened) => {
		exchange = opened;
		const lower: Lower = { unread, handOver: () => ({ trailers: null, outcome: null }) };
		const made = new Origin(opened, lower, (error) => failures.push(error));
		origin = made;
		return { closed: (outcome) => made.closed(outcome) };
	});
	const client = pair(application, { method: 'GET' }, { report: (error) => failures.push(error) });
	client.events = {};
	await settled();
	return { exchange: exchange as never, origin: origin as never, client, entries: [], failures };
}

const steps = [
	fc.record({
		kind: fc.constant('register' as const),
		whole: fc.boolean(),
		throws: fc.boolean(),
		fails: fc.boolean(),
	}),
	fc.record({
		kind: fc.constant('respond' as const),
		at: fc.nat(5),
		change: fc.constantFrom<Change>('none', 'none', 'none', 'status', 'content', 'type', 'longer', 'prefix', 'unknown'),
		cut: fc.nat(44),
	}),
	fc.constantFrom('end', 'end', 'finish', 'flush', 'reset', 'lose', 'abort', 'closed').map((kind) => ({ kind })),
].map((arbitrary) => (arbitrary as fc.Arbitrary<Step>).map((step) => new Command(step)));

describe('ESC-4, ESC-26: the registry of escapes as a model', () => {
	test('each registration ends exactly once, in every way that an exchange can', async () => {
		const seen = new Set<string>();
		await fc.assert(
			fc.asyncProperty(
				fc.commands([steps[0], ...steps] as fc.Arbitrary<Command>[], { maxCommands: 14 }),
				fc.constantFrom<Lower['unread']>('whole', 'partial'),
				async (commands, unread) => {
					const model: Model = { responded: false, ended: false, finished: false, gone: false };
					const real = await open(unread);
					await fc.asyncModelRun(() => ({ model, real }), commands);
					// Most that have not responded do so at last.
					const last: Step[] = [
						{ kind: 'respond', at: 0, change: 'none', cut: 9 },
						{ kind: 'end' },
						{ kind: 'finish' },
					];
					for (const step of last) {
						const command = new Command(step);
						if (!model.gone && command.check(model)) await command.run(model, real);
					}
					real.client.lose();
					await settled();
					for (const { ends } of real.entries) {
						expect(ends).toHaveLength(1);
						seen.add(ends[0] as string);
					}
				},
			),
			{ numRuns: 500 },
		);
		// All the ways there are were seen.
		expect([...seen].sort()).toEqual(['ended', 'refused', 'replaced', 'run']);
	});
});
