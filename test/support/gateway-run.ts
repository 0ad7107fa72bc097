/** Runs an application of the gateway as a server does that keeps its rules and checks nothing. */
import type { Environ, GatewayApp, LiteApp } from 'rsgi/gateway';
import { Resources } from 'rsgi/gateway';
import type { TextApp } from 'rsgi/text';
import { environOf } from './environ.ts';

/** What a client would have got. */
export interface Answer {
	readonly status: unknown;
	readonly fields: unknown;
	/** The blocks, as latin-1 text; what is none as it is. */
	readonly blocks: readonly unknown[];
	/** What happened, in order: `write`, `block`, `end`, `close`. */
	readonly events: readonly string[];
	readonly error: unknown;
}

/** How the server behaves. */
export interface RunOptions {
	/** Stops early behind so many blocks. */
	readonly stopAfter?: number;
	readonly environ?: Partial<Environ>;
}

/** Calls the application and reads the body. What it throws is part of the answer. */
export async function gatewayRun(app: GatewayApp | LiteApp | TextApp, options: RunOptions = {}): Promise<Answer> {
	const resources = new Resources(() => {});
	const answer = {
		status: null as unknown,
		fields: null as unknown,
		blocks: [] as unknown[],
		events: [] as string[],
		error: null as unknown,
	};
	let body: (Iterable<Uint8Array> & { close?: () => unknown }) | null = null;
	const take = (what: string, block: Uint8Array): void => {
		answer.events.push(what);
		answer.blocks.push(block instanceof Uint8Array ? String.fromCharCode(...block) : block);
	};
	const startResponse = (status: unknown, fields: unknown, excInfo?: { error: unknown } | null): unknown => {
		if (excInfo !== undefined && excInfo !== null && answer.blocks.length > 0) throw excInfo.error;
		answer.status = status;
		answer.fields = fields;
		return async (block: Uint8Array): Promise<void> => take('write', block);
	};
	try {
		const environ = environOf({ 'rsgi.closing': resources.closing, ...options.environ });
		const run = app as unknown as (environ: Environ, start: unknown) => unknown;
		body = (await run(environ, startResponse)) as Iterable<Uint8Array>;
		for await (const block of body) {
			take('block', block);
			if (answer.blocks.length === options.stopAfter) break;
		}
		answer.events.push('end');
	} catch (error) {
		answer.error = error;
	}
	try {
		answer.events.push('close');
		await body?.close?.();
		await resources.close();
	} catch (error) {
		answer.error ??= error;
	}
	return answer;
}
