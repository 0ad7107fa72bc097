/** The laws of composition: down and up again, or up and down again, leaves all that can be seen of the poorer layer. */
import fc from 'fast-check';
import type { RichApp } from 'rsgi';
import {
	gatewayToLite,
	gatewayToRich,
	gatewayToText,
	liteToGateway,
	richToGateway,
	textToGateway,
} from 'rsgi/adapters';
import { type Environ, type GatewayApp, gateway } from 'rsgi/gateway';
import { describe, expect, test } from 'vitest';
import { environOf } from '../support/environ.ts';
import { type Observation, observed } from '../support/observed-gateway.ts';
import { recorded } from '../support/recorded-client.ts';
import { type GatewayScript, gatewayScript, scriptedGateway } from '../support/scripted-gateway.ts';
import { settled } from '../support/settled.ts';

const RUNS = { numRuns: 300 };

type Way = (app: GatewayApp) => GatewayApp;

const same: Way = (app) => app;
const throughRich: Way = (app) => richToGateway(gatewayToRich(app, { errors() {} }));

interface Seen {
	readonly observation: Observation;
	/** What was done to the body. */
	readonly notes: readonly string[];
}

async function seen(script: GatewayScript, through: Way, stopAfter?: number): Promise<Seen> {
	const notes: string[] = [];
	const app = through(scriptedGateway(script, notes));
	const observation = await observed(app, stopAfter === undefined ? {} : { stopAfter });
	return { observation, notes };
}

describe('ADAPT-10: text and lite leave a gateway application as it was', () => {
	const ways: Record<string, Way> = {
		'to text and back': (app) => textToGateway(gatewayToText(app)),
		'to lite and back': (app) => liteToGateway(gatewayToLite(app)),
		'to text and back, twice': (app) => textToGateway(gatewayToText(textToGateway(gatewayToText(app)))),
	};
	for (const [name, way] of Object.entries(ways)) {
		test(name, async () => {
			const stops = fc.option(fc.nat(4), { nil: undefined });
			await fc.assert(
				fc.asyncProperty(gatewayScript, stops, async (script, stopAfter) => {
					expect(await seen(script, way, stopAfter)).toEqual(await seen(script, same, stopAfter));
				}),
				RUNS,
			);
		});
	}

	test('the lite form called alone', async () => {
		const alone: Way = (app) => {
			const lite = gatewayToLite(app);
			return gateway(async (environ, startResponse) => {
				const [status, fields, body] = await lite(environ);
				startResponse(status, fields);
				return body;
			});
		};
		await fc.assert(
			fc.asyncProperty(gatewayScript, async (script) => {
				const plain = await seen(script, same);
				const adapted = await seen(script, alone);
				expect(filled(adapted.observation)).toEqual(filled(plain.observation));
				expect(adapted.notes).toEqual(plain.notes);
			}),
			RUNS,
		);
	});
});

describe('ADAPT-11: the rich layer leaves a gateway application as it was', () => {
	test('read to its end', async () => {
		await fc.assert(
			fc.asyncProperty(gatewayScript, async (script) => {
				const plain = await seen(script, same);
				const adapted = await seen(script, throughRich);
				expect(sendable(adapted.observation, script)).toEqual(sendable(plain.observation, script));
				expect(adapted.notes).toEqual(plain.notes);
			}),
			RUNS,
		);
	});

	test('three times over', async () => {
		await fc.assert(
			fc.asyncProperty(gatewayScript, async (script) => {
				const plain = await seen(script, same);
				const adapted = await seen(script, (app) => throughRich(throughRich(throughRich(app))));
				expect(sendable(adapted.observation, script)).toEqual(sendable(plain.observation, script));
				expect(adapted.notes).toEqual(plain.notes);
			}),
			{ numRuns: 100 },
		);
	});

	test('stopped early: the same blocks so far, and the body closed once', async () => {
		await fc.assert(
			fc.asyncProperty(gatewayScript, fc.nat(3), async (script, stopAfter) => {
				const plain = sendable((await seen(script, same)).observation, script);
				const { observation, notes } = await seen(script, throughRich, stopAfter);
				const adapted = sendable(observation, script);
				expect(adapted.blocks).toEqual(plain.blocks.slice(0, adapted.blocks.length));
				// A write that is rejected is an error of the call, which then gives no body.
				const closes = script.close === 'none' || !notes.includes('body') ? [] : ['close'];
				expect(notes.filter((note) => note === 'close')).toEqual(closes);
				// An async generator returns when its pending step is over, and close() does not wait for that (GATE-12).
				if (notes.includes('return') && closes.length > 0 && script.body !== 'async generator') {
					expect(notes.indexOf('return')).toBeLessThan(notes.indexOf('close'));
				}
			}),
			RUNS,
		);
	});

	test('as a client sees it', async () => {
		const client = async (app: RichApp): Promise<unknown> => {
			const one = recorded(app, { httpVersion: '1.1' });
			for (let turns = 0; turns < 60; turns++) await settled();
			const { log, text, faults } = one;
			return { log: log.filter((line) => !line.startsWith('data ')), text, faults: faults.map(String) };
		};
		await fc.assert(
			fc.asyncProperty(gatewayScript, async (script) => {
				const quiet = { errors() {} };
				const plain = await client(gatewayToRich(scriptedGateway(script), quiet));
				const adapted = await client(gatewayToRich(throughRich(scriptedGateway(script)), quiet));
				expect(adapted).toEqual(plain);
			}),
			RUNS,
		);
	});
});

/** What the rich layer has of it: no empty blocks, a Content-Length where the server knows it, errors alone or together. */
function sendable(seen: Observation, script: GatewayScript): Observation {
	const { fields, ...rest } = filled(seen);
	return { ...rest, fields: script.announced ? fields : fields.filter(([name]) => name !== 'content-length') };
}

/** Without the empty blocks, which send nothing. */
function filled(seen: Observation): Observation {
	return { ...flat(seen), blocks: seen.blocks.filter((block) => block !== '') };
}

function flat(seen: Observation): Observation {
	const errors = seen.errors.flatMap((error) => (error instanceof AggregateError ? error.errors : [error]));
	return { ...seen, errors: errors.map(String) };
}

test('ADAPT-12: the environ comes back from text as it went', async () => {
	const octet = fc.integer({ min: 0, max: 255 }).map((code) => String.fromCharCode(code));
	const octets = fc.string({ maxLength: 30, unit: octet });
	await fc.assert(
		fc.asyncProperty(octets, octets, octets, async (path, query, agent) => {
			let got: Environ | null = null;
			const app = gateway((environ) => {
				got = environ;
				return [];
			});
			const values = { PATH_INFO: path, QUERY_STRING: query, HTTP_USER_AGENT: agent };
			const environ = environOf(values as unknown as Partial<Environ>);
			await observed(textToGateway(gatewayToText(app)), { environ });
			expect(got).toEqual(environ);
		}),
	);
});
