/** Gateway applications made by a script, which may do anything that one can do, and write down what is done to them. */
import fc from 'fast-check';
import {
	type Blocks,
	type Body,
	bytes,
	type FieldPairs,
	type GatewayApp,
	gateway,
	type Write,
	withClose,
} from 'rsgi/gateway';
import { latin1Bytes } from '../../src/wire/latin1.ts';

/** What an application does. */
export interface GatewayScript {
	readonly status: string;
	readonly fields: readonly (readonly [string, string])[];
	/** Blocks by `write()`, each awaited; only where the call is async. */
	readonly written: readonly string[];
	readonly blocks: readonly string[];
	/** Whether the call gives a promise. */
	readonly later: boolean;
	/** Whether Content-Length is given. */
	readonly announced: boolean;
	/** What the body is. */
	readonly body: 'array' | 'iterable' | 'generator' | 'async generator';
	/** Whether `startResponse` waits for the first step of the body; generators only. */
	readonly late: boolean;
	/** Whether another response was begun before, and replaced. */
	readonly replaced: boolean;
	/** Where it throws: in the call, or in the body before this block. */
	readonly fails: 'never' | 'call' | number;
	readonly close: 'none' | 'sync' | 'async' | 'throws' | 'rejects';
}

const block: fc.Arbitrary<string> = fc.oneof(
	{ weight: 6, arbitrary: fc.string({ minLength: 1, maxLength: 12, unit: 'binary-ascii' }) },
	{ weight: 1, arbitrary: fc.constant('') },
	{ weight: 1, arbitrary: fc.integer({ min: 1, max: 90_000 }).map((length) => 'x'.repeat(length)) },
);

/** Any script. */
export const gatewayScript: fc.Arbitrary<GatewayScript> = fc.record({
	status: fc.constantFrom('200 OK', '200 Fine', '404 ', '500 Ouch', '302 Gefunden \xfc'),
	fields: fc.array(
		fc.tuple(fc.constantFrom('X-A', 'x-a', 'Set-Cookie', 'Vary'), fc.constantFrom('1', '2', '', 'a, b', '\xe9t\xe9')),
		{ maxLength: 5 },
	),
	written: fc.array(block, { maxLength: 2 }),
	blocks: fc.array(block, { maxLength: 5 }),
	later: fc.boolean(),
	announced: fc.boolean(),
	body: fc.constantFrom('array', 'iterable', 'generator', 'async generator'),
	late: fc.boolean(),
	replaced: fc.boolean(),
	fails: fc.oneof(
		{ weight: 4, arbitrary: fc.constant('never' as const) },
		{ weight: 1, arbitrary: fc.constant('call' as const) },
		{ weight: 2, arbitrary: fc.nat(5) },
	),
	close: fc.constantFrom('none', 'sync', 'async', 'throws', 'rejects'),
});

/** The error of a script. */
class Scripted extends Error {
	override readonly name: string = 'Scripted';
}

/** The application of a script. It notes `body` when it gives one, `close`, and `return` where its generator was stopped early. */
export function scriptedGateway(script: GatewayScript, notes: string[] = []): GatewayApp {
	const generated = script.body === 'generator' || script.body === 'async generator';
	const late = script.late && generated && !(script.later && script.written.length > 0);
	const written = script.later && !late ? script.written : [];
	const blocks = script.blocks.map(latin1Bytes);
	const fields = script.fields.map(([name, value]) => [bytes(name), bytes(value)] as const);
	if (script.announced) {
		const length = [...written, ...script.blocks].reduce((sum, text) => sum + text.length, 0);
		fields.push([bytes('Content-Length'), bytes`${length}`]);
	}
	return gateway((_environ, startResponse) => {
		const begin = (): Write => {
			if (script.replaced) startResponse(bytes('200 Replaced'), [[bytes('X-Old'), bytes('1')]]);
			return startResponse(bytes(script.status), fields as FieldPairs, script.replaced ? { error: null } : null);
		};
		const whole = (): Body => {
			notes.push('body');
			return withNotes(script, bodyBlocks(script, blocks, late ? begin : null, notes), notes);
		};
		if (script.later) {
			return (async () => {
				await Promise.resolve();
				if (script.fails === 'call') throw new Scripted('call');
				if (!late) {
					const write = begin();
					for (const text of written) await write(latin1Bytes(text));
				}
				return whole();
			})();
		}
		if (script.fails === 'call') throw new Scripted('call');
		if (!late) begin();
		return whole();
	});
}

function bodyBlocks(
	script: GatewayScript,
	blocks: readonly Uint8Array[],
	begin: (() => Write) | null,
	notes: string[],
): Blocks {
	const check = (at: number): void => {
		if (script.fails === at) throw new Scripted(`block ${at}`);
	};
	switch (script.body) {
		case 'array':
			return [...blocks];
		case 'iterable': {
			let at = 0;
			return {
				[Symbol.iterator]: () => ({
					next: () => {
						check(at);
						return at < blocks.length
							? { done: false, value: blocks[at++] as Uint8Array }
							: { done: true, value: undefined };
					},
					return: () => {
						notes.push('return');
						return { done: true, value: undefined };
					},
				}),
			};
		}
		case 'generator':
			return (function* () {
				let over = false;
				try {
					begin?.();
					for (const [at, one] of blocks.entries()) {
						check(at);
						yield one;
					}
					check(blocks.length);
					over = true;
				} catch (error) {
					over = true;
					throw error;
				} finally {
					if (!over) notes.push('return');
				}
			})();
		default:
			return (async function* () {
				let over = false;
				try {
					begin?.();
					for (const [at, one] of blocks.entries()) {
						await Promise.resolve();
						check(at);
						yield one;
					}
					check(blocks.length);
					over = true;
				} catch (error) {
					over = true;
					throw error;
				} finally {
					if (!over) notes.push('return');
				}
			})();
	}
}

function withNotes(script: GatewayScript, blocks: Blocks, notes: string[]): Body {
	if (script.close === 'none') return blocks;
	const close = (): void | Promise<void> => {
		notes.push('close');
		if (script.close === 'throws') throw new Scripted('close');
		if (script.close === 'sync') return;
		return Promise.resolve().then(() => {
			notes.push('closed');
			if (script.close === 'rejects') throw new Scripted('close');
		});
	};
	return Array.isArray(blocks) ? Object.assign(blocks, { close }) : withClose(blocks, close);
}
