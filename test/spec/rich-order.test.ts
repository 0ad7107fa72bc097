/** spec/rich.md RICH-8, RICH-11 and RICH-12: every command in every stage, and random sequences against a model. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { rich } from '../../src/rich/app.ts';
import type { Exchange } from '../../src/rich/exchange.ts';
import type { Handler } from '../../src/rich/handler.ts';
import { Command, inOrder, Stage } from '../../src/rich/order.ts';
import type { PairRequest } from '../../src/rich/pair.ts';
import { BackpressureFault, Misuse } from '../../src/wire/fault.ts';
import { utf8 } from '../../src/wire/utf8.ts';
import { openExchange } from '../support/open-exchange.ts';
import { recorded } from '../support/recorded-client.ts';
import { settled } from '../support/settled.ts';

/** What the specification says of each command: the stages in which it takes effect. Elsewhere it is misuse; after the end, inert. */
const EFFECTIVE: Readonly<Record<keyof typeof Command, readonly string[]>> = {
	INFORM: ['HEAD'],
	RESPOND: ['HEAD'],
	ACCEPT: ['HEAD'],
	REFUSE: ['HEAD'],
	WRITE: ['CONTENT', 'TUNNEL'],
	END: ['CONTENT', 'TUNNEL'],
	PUSH: ['HEAD', 'CONTENT', 'TUNNEL'],
};

const ISSUE: Readonly<Record<keyof typeof Command, (exchange: Exchange) => unknown>> = {
	INFORM: (exchange) => exchange.inform?.(103),
	RESPOND: (exchange) => exchange.respond(404),
	ACCEPT: (exchange) => exchange.accept?.([], {}),
	REFUSE: (exchange) => exchange.refuse(),
	WRITE: (exchange) => exchange.write(utf8('x')),
	END: (exchange) => exchange.end(),
	PUSH: (exchange) =>
		exchange.push?.(
			{ target: '/', authority: 'localhost' },
			rich(() => {}),
		),
};

const REACH: Readonly<Record<keyof typeof Stage, (exchange: Exchange) => void>> = {
	HEAD: () => {},
	CONTENT: (exchange) => exchange.respond(404),
	ENDED: (exchange) => {
		exchange.respond(404);
		exchange.end();
	},
	TUNNEL: (exchange) => void exchange.accept?.([], {}),
	TUNNEL_ENDED: (exchange) => exchange.accept?.([], {}).end(),
	CLOSED: (exchange) => exchange.abort(),
};

const STAGES = Object.keys(Stage) as (keyof typeof Stage)[];
const COMMANDS = Object.keys(Command) as (keyof typeof Command)[];

describe('RICH-12: the matrix of misuse', () => {
	const cells = STAGES.flatMap((stage) => COMMANDS.map((command) => [command, stage] as const));
	test('has no hole: every command and every stage is expected', () => {
		expect(Object.keys(EFFECTIVE).sort()).toEqual([...COMMANDS].sort());
		expect(cells).toHaveLength(42);
	});

	test.each(cells)('%s in the stage %s', async (command, stage) => {
		const { exchange, client } = await openExchange({ method: 'CONNECT', protocol: 'toy' });
		// Push is null where it is out of order; somebody may have taken hold of it before.
		const held = exchange.push;
		REACH[stage](exchange);
		const call = (): unknown =>
			command === 'PUSH'
				? held?.call(
						exchange,
						{ target: '/' },
						rich(() => {}),
					)
				: ISSUE[command](exchange);
		if (command === 'PUSH') expect(exchange.push !== null).toBe(EFFECTIVE.PUSH.includes(stage));
		const sent = client.log.length;
		if (stage === 'CLOSED') {
			expect(inOrder(Command[command], Stage[stage])).toBe(false);
			expect(call).not.toThrow();
			await settled();
			expect(client.log.slice(sent)).toEqual(['reset 8']);
		} else if (EFFECTIVE[command].includes(stage)) {
			expect(inOrder(Command[command], Stage[stage])).toBe(true);
			expect(call).not.toThrow();
			await settled();
			expect(client.log.length).toBeGreaterThan(sent);
		} else {
			expect(() => inOrder(Command[command], Stage[stage])).toThrow(Misuse);
			expect(call).toThrow(`${command.toLowerCase()} was called `);
			expect(call).toThrow('(RICH-12)');
		}
	});
});

// ---- random sequences against a model ---------------------------------------------------------------------------------

const REQUESTS: readonly PairRequest[] = [
	{},
	{ method: 'POST', hasContent: true },
	{ method: 'POST', hasContent: true, httpVersion: '1.1', expectsContinue: true },
	{ method: 'POST', hasContent: true, httpVersion: '1.0' },
	{ method: 'HEAD', httpVersion: '1.1' },
	{ method: 'CONNECT' },
	{ method: 'CONNECT', httpVersion: '1.1' },
	{ method: 'CONNECT', protocol: 'toy' },
	{ protocol: 'toy', httpVersion: '1.1' },
];

const APPLICATION = [
	'inform',
	'respond',
	'write',
	'large',
	'end',
	'trail',
	'accept',
	'refuse',
	'push',
	'abort',
	'pause',
	'resume',
	'discard',
	'retire',
	'prioritize',
	'attach',
] as const;
const CLIENT = ['send', 'finish', 'reset', 'lose', 'stall', 'read', 'reprioritize'] as const;
const ENDINGS: readonly string[] = ['abort', 'refuse', 'reset', 'lose'];
const STEPS = [...APPLICATION, ...CLIENT, 'turn'] as const;
/** Endings are rare, or nearly every sequence would end before it has begun; and turns are frequent. */
const STEP: fc.Arbitrary<(typeof STEPS)[number]> = fc.oneof(
	{ weight: 1, arbitrary: fc.constantFrom(...STEPS.filter((step) => ENDINGS.includes(step))) },
	{ weight: 30, arbitrary: fc.constantFrom(...STEPS.filter((step) => !ENDINGS.includes(step))) },
	{ weight: 12, arbitrary: fc.constant('turn' as const) },
	{ weight: 12, arbitrary: fc.constantFrom('send' as const, 'write' as const, 'large' as const) },
);

/** How much a command writes, in bytes. */
const SIZES = { write: 1, large: 100 };
const HIGH = 64;
/** What does nothing once a HEAD response has ended by itself. */
const OVERRUN: readonly string[] = ['write', 'large', 'end', 'trail'];

/** What has been sent, as the specification sees it: enough to tell misuse from use. */
class Model {
	stage: keyof typeof Stage = 'HEAD';
	attached: boolean;
	readonly request: PairRequest;
	dropped = 0;

	constructor(request: PairRequest, attached: boolean) {
		this.request = request;
		this.attached = attached;
	}

	/** Moves on, and tells whether the command is misuse. */
	misuses(command: (typeof APPLICATION)[number]): boolean {
		const stage = this.stage;
		if (this.dropped >= HIGH && OVERRUN.includes(command)) return false;
		switch (command) {
			case 'inform':
				return stage !== 'HEAD';
			case 'refuse':
				if (stage === 'HEAD') this.stage = 'CLOSED';
				return stage !== 'HEAD';
			case 'respond':
				if (stage === 'HEAD') this.stage = 'CONTENT';
				return stage !== 'HEAD';
			case 'accept':
				if (stage === 'HEAD') this.stage = 'TUNNEL';
				return stage !== 'HEAD';
			case 'write':
			case 'large':
				if (stage === 'CONTENT' && this.request.method === 'HEAD') {
					// A HEAD response ends by itself at the high mark (RICH-17).
					this.dropped += SIZES[command];
					if (this.dropped >= HIGH) this.stage = 'ENDED';
					return false;
				}
				return stage !== 'CONTENT' && stage !== 'TUNNEL';
			case 'trail':
				if (stage !== 'CONTENT' || this.request.httpVersion === '1.0') return true;
				this.stage = 'ENDED';
				return false;
			case 'end':
				if (stage === 'CONTENT') this.stage = 'ENDED';
				else if (stage === 'TUNNEL') this.stage = 'TUNNEL_ENDED';
				else return true;
				return false;
			case 'push':
				return stage === 'ENDED' || stage === 'TUNNEL_ENDED';
			case 'attach': {
				const again = this.attached;
				this.attached = true;
				return again;
			}
			default:
				return false;
		}
	}
}

test('RICH-8, RICH-11, RICH-12: random sequences throw only where the model says misuse, and close exactly once', async () => {
	await fc.assert(
		fc.asyncProperty(
			fc.constantFrom(...REQUESTS),
			fc.boolean(),
			fc.array(STEP, { maxLength: 40, size: 'max' }),
			async (request, attach, steps) => {
				let inside = false;
				const broken: string[] = [];
				const handlers: { readonly log: string[]; readonly handler: Handler }[] = [];
				const recording = (): Handler => {
					const log: string[] = [];
					const note = (event: string): void => {
						if (inside) broken.push(`${event} inside a command`);
						log.push(event);
					};
					const handler: Handler = {
						data: () => note('data'),
						end: () => note('end'),
						drain: () => note('drain'),
						priority: () => note('priority'),
						closed: ({ reason }) => note(`closed ${reason}`),
					};
					handlers.push({ log, handler });
					return handler;
				};
				let opened: Exchange | null = null;
				const app = rich((given) => {
					opened = given;
					return attach ? recording() : new Promise<void>(() => {});
				});
				const recordedClient = recorded(app, request, { marks: { high: HIGH, hard: 4096 } });
				const client = recordedClient.client;
				await settled();
				const exchange = opened as unknown as Exchange;
				const model = new Model(request, attach);
				const commands: Record<(typeof APPLICATION)[number], () => unknown> = {
					inform: () => exchange.inform?.(103),
					respond: () => exchange.respond(404),
					write: () => exchange.write(new Uint8Array(SIZES.write)),
					large: () => exchange.write(new Uint8Array(SIZES.large)),
					end: () => exchange.end(),
					trail: () => exchange.end(null, ['x', 'y']),
					accept: () => exchange.accept?.([], recording()),
					refuse: () => exchange.refuse(),
					push: () =>
						exchange.push?.(
							{ target: '/', authority: 'localhost' },
							rich(() => {}),
						),
					abort: () => exchange.abort(),
					pause: () => exchange.pause(),
					resume: () => exchange.resume(),
					discard: () => exchange.discard(),
					retire: () => exchange.retire(),
					prioritize: () => {
						exchange.priority = { urgency: 0, incremental: true };
					},
					attach: () => exchange.attach(recording()),
				};
				const clientSteps: Record<(typeof CLIENT)[number], () => unknown> = {
					send: () => (exchange.method === 'POST' || exchange.accept !== null) && !finished && client.send(utf8('abc')),
					finish: () => {
						finished = true;
						client.end();
					},
					reset: () => client.reset(8),
					lose: () => client.lose(),
					stall: () => client.pause(),
					read: () => client.resume(),
					reprioritize: () => client.reprioritize({ urgency: 1, incremental: false }),
				};
				let finished = false;
				for (const step of steps) {
					if (step === 'turn') {
						await settled();
						continue;
					}
					if (step in clientSteps) {
						clientSteps[step as keyof typeof clientSteps]();
						continue;
					}
					const command = step as keyof typeof commands;
					if ((command === 'inform' && exchange.inform === null) || (command === 'accept' && exchange.accept === null))
						continue;
					if (command === 'push' && exchange.push === null) continue;
					const over = exchange.outcome !== null;
					const expected = over && command !== 'attach' ? false : model.misuses(command);
					let thrown: unknown = null;
					inside = true;
					try {
						commands[command]();
					} catch (error) {
						thrown = error;
					}
					inside = false;
					if (thrown instanceof BackpressureFault) {
						expect(command).toMatch(/write|large/);
					} else if (expected) {
						expect(thrown, command).toBeInstanceOf(Misuse);
						if (command === 'attach' || command === 'accept') handlers.pop();
					} else {
						expect(thrown, command).toBeNull();
					}
				}
				client.resume();
				client.lose();
				await settled();
				if (!model.attached) exchange.attach(recording());
				exchange.resume();
				await settled();
				expect(exchange.outcome).not.toBeNull();
				expect(broken).toEqual([]);
				expect(recordedClient.faults).toEqual([]);
				for (const { log } of handlers) {
					expect(log.filter((event) => event.startsWith('closed'))).toHaveLength(1);
					expect(log.at(-1)).toBe(`closed ${exchange.outcome?.reason}`);
					const content = log.filter((event) => event === 'data' || event === 'end');
					expect(content.indexOf('end') === -1 || content.indexOf('end') === content.length - 1).toBe(true);
				}
			},
		),
		{ numRuns: 400 },
	);
});
