/** VALID-2: what is right passes a validator unchanged. */
import fc from 'fast-check';
import { type RichApp, rich } from 'rsgi';
import {
	type Body,
	type ByteString,
	bytes,
	type FieldPairs,
	type GatewayApp,
	gateway,
	lighten,
	withClose,
} from 'rsgi/gateway';
import { validate, validateGateway } from 'rsgi/validate';
import { describe, expect, test } from 'vitest';
import { environOf } from '../support/environ.ts';
import { Findings } from '../support/findings.ts';
import { type Answer, gatewayRun } from '../support/gateway-run.ts';
import { POST } from '../support/open-exchange.ts';
import { recorded } from '../support/recorded-client.ts';
import { settled } from '../support/settled.ts';

/** An application that keeps all rules, as data. */
interface Plan {
	readonly fields: readonly (readonly [string, string])[];
	readonly written: readonly Uint8Array[];
	readonly blocks: readonly Uint8Array[];
	readonly shape: 'array' | 'sync' | 'async';
	readonly late: boolean;
	/** Throws behind so many blocks. */
	readonly failsAfter: number;
	readonly announces: boolean;
	readonly stopAfter: number;
}

const token = fc.stringMatching(/^x-[a-z]{1,8}$/);
const value = fc.stringMatching(/^[!-~\xa1-\xff]{0,8}$/);
const blocks = fc.array(fc.uint8Array({ maxLength: 4 }), { maxLength: 5 });
const plans: fc.Arbitrary<Plan> = fc.record({
	fields: fc.array(fc.tuple(token, value), { maxLength: 4 }),
	written: fc.oneof(fc.constant([]), blocks),
	blocks,
	shape: fc.constantFrom('array', 'sync', 'async'),
	late: fc.boolean(),
	failsAfter: fc.constantFrom(-1, -1, 0, 1, 2),
	announces: fc.boolean(),
	stopAfter: fc.constantFrom(0, 0, 1, 2),
});

/** The application of a plan; `log` is told what is done to its body. */
function planned(plan: Plan, log: string[]): GatewayApp {
	const length = [...plan.written, ...plan.blocks].reduce((sum, block) => sum + block.length, 0);
	const lines: [ByteString, ByteString][] = plan.fields.map(([name, text]) => [bytes(name), bytes(text)]);
	if (plan.announces) lines.push([bytes('content-length'), bytes`${length}`]);
	const body = (start: () => void): Body => {
		const fail = (at: number): void => {
			if (at === plan.failsAfter) throw new Error('planned');
		};
		if (plan.shape === 'array') {
			start();
			return plan.blocks as Uint8Array[];
		}
		const steps =
			plan.shape === 'sync'
				? (function* () {
						try {
							start();
							for (const [at, block] of plan.blocks.entries()) {
								fail(at);
								yield block;
							}
						} finally {
							log.push('finally');
						}
					})()
				: (async function* () {
						try {
							start();
							for (const [at, block] of plan.blocks.entries()) {
								fail(at);
								yield block;
							}
						} finally {
							log.push('finally');
						}
					})();
		return withClose(steps, () => void log.push('close'));
	};
	return gateway((_environ, startResponse) => {
		const begin = (): ReturnType<typeof startResponse> => startResponse(bytes('200 OK'), lines as FieldPairs);
		if (plan.written.length > 0) {
			return (async () => {
				const write = begin();
				for (const block of plan.written) await write(block);
				return body(() => {});
			})();
		}
		if (plan.late) return body(() => void begin());
		begin();
		return body(() => {});
	});
}

async function outcome(plan: Plan, wrap: (app: GatewayApp) => GatewayApp): Promise<unknown> {
	const log: string[] = [];
	const options = plan.stopAfter === 0 ? {} : { stopAfter: plan.stopAfter };
	const { error, ...answer }: Answer = await gatewayRun(wrap(planned(plan, log)), options);
	return { ...answer, error: (error as Error | null)?.message, log };
}

test('VALID-2: a gateway application that keeps the rules behaves the same with a validator', async () => {
	await fc.assert(
		fc.asyncProperty(plans, async (plan) => {
			expect(await outcome(plan, (app) => validate(app))).toEqual(await outcome(plan, (app) => app));
		}),
		{ numRuns: 300 },
	);
});

test('VALID-2: and so does its lite form', async () => {
	await fc.assert(
		fc.asyncProperty(plans, async (plan) => {
			const wrap = (app: GatewayApp): GatewayApp => validate(lighten(app)) as unknown as GatewayApp;
			expect(await outcome(plan, wrap)).toEqual(await outcome(plan, (app) => app));
		}),
		{ numRuns: 100 },
	);
});

describe('a gateway application', () => {
	const started = (body: Body): GatewayApp =>
		gateway((_environ, startResponse) => {
			startResponse(bytes('200 OK'), []);
			return body;
		});
	const call = (body: Body): unknown => validateGateway(started(body))(environOf(), () => async () => {});

	test('VALID-2: what is sync stays sync, and an array the same array', () => {
		const array = [new Uint8Array(1)];
		expect(call(array)).toBe(array);
		const sync = call(new Set([new Uint8Array(1)])) as Body;
		expect(Symbol.iterator in sync).toBe(true);
		expect(Symbol.asyncIterator in sync).toBe(false);
	});

	test('VALID-2: with report, what is wrong passes as well', async () => {
		const findings = new Findings();
		const body = new Set(['text']) as unknown as Body;
		const { blocks: passed } = await gatewayRun(validateGateway(started(body), findings.options));
		expect(passed).toEqual(['text']);
		expect(findings.lines).toEqual(['application GATE-50']);
	});

	test('VALID-2: environ and input pass', async () => {
		let environ: unknown = null;
		const app = gateway((given, startResponse) => {
			environ = given;
			startResponse(bytes('200 OK'), []);
			return [];
		});
		const given = environOf({ 'my.key': 7 });
		await validateGateway(app)(given, () => async () => {});
		const { 'wsgi.input': _input, 'wsgi.errors': _errors, ...rest } = environ as Record<string, unknown>;
		const { 'wsgi.input': _givenInput, 'wsgi.errors': _givenErrors, ...givenRest } = given;
		expect(rest).toEqual(givenRest);
	});
});

/** What a client of a rich application can do, and the application with it. */
type Act = 'pause' | 'resume' | 'discard' | 'inform' | 'respond' | 'write' | 'end' | 'abort' | 'retire';

test('VALID-2: a rich application that keeps the rules behaves the same with a validator', async () => {
	const acts = fc.array(
		fc.constantFrom<Act>('pause', 'resume', 'inform', 'respond', 'write', 'end', 'abort', 'retire'),
		{ maxLength: 8 },
	);
	const ends = fc.constantFrom('end', 'lose', 'reset');
	await fc.assert(
		fc.asyncProperty(acts, ends, fc.boolean(), async (list, end, returned) => {
			const run = async (wrap: (app: RichApp) => RichApp): Promise<unknown> => {
				const log: string[] = [];
				const app = rich((exchange) => {
					const handler = {
						data: (chunk: Uint8Array) => void log.push(`data ${chunk.length}`),
						end: () => void log.push('end'),
						closed: ({ reason }: { reason: string }) => void log.push(`closed ${reason}`),
					};
					if (!returned) exchange.attach(handler);
					let stage = 0;
					for (const act of list) {
						if (act === 'inform' && stage === 0) exchange.inform?.(103);
						else if (act === 'respond' && stage === 0) {
							exchange.respond(200, ['x', 'y']);
							stage = 1;
						} else if (act === 'write' && stage === 1) exchange.write(new Uint8Array(3));
						else if (act === 'end' && stage === 1) {
							exchange.end();
							stage = 2;
						} else if (act === 'pause' || act === 'resume' || act === 'retire') exchange[act]();
						else if (act === 'abort') {
							exchange.abort();
							stage = 2;
						}
					}
					return returned ? handler : undefined;
				});
				const client = recorded(wrap(app), POST);
				client.client.send(new Uint8Array(2));
				await settled();
				if (end === 'end') client.client.end();
				else if (end === 'lose') client.client.lose();
				else client.client.reset(8);
				await settled();
				return { log, client: client.log, credited: client.credited, faults: client.faults };
			};
			expect(await run((app) => validate(app))).toEqual(await run((app) => app));
		}),
		{ numRuns: 300 },
	);
});

test('VALID-3: a rich application keeps its hooks', async () => {
	const log: string[] = [];
	const hooks = { start: () => void log.push('start'), stop: () => void log.push('stop'), protocols: ['websocket'] };
	const app = validate(rich(() => {}, hooks));
	await app.start?.();
	await app.stop?.();
	expect(log).toEqual(['start', 'stop']);
	expect(app.protocols).toEqual(['websocket']);
});
