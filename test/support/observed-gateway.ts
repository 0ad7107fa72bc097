/** Runs a gateway application as a server does, without a server, and writes down all that can be seen of it. */
import { type Body, BodyReader, type Environ, type GatewayApp, latin1 } from 'rsgi/gateway';
import { ResponseHead } from '../../src/layer/gateway/response-head.ts';
import { latin1Decode } from '../../src/wire/latin1.ts';
import { environOf } from './environ.ts';

/** What was seen. */
export interface Observation {
	/** The status line; null when the response did not begin. */
	status: string | null;
	fields: (readonly [string, string])[];
	/** Blocks as latin-1 text, those of `write()` first. */
	blocks: string[];
	/** Whether the body was read to its end. */
	ended: boolean;
	/** What the call, a block or `close()` threw, in that order. */
	errors: unknown[];
}

/** How it is run. */
export interface ObserveOptions {
	readonly environ?: Environ;
	/** Stop after so many blocks of the body. */
	readonly stopAfter?: number;
	/** Called after each block. */
	readonly eachBlock?: () => Promise<void>;
}

/** Calls the application and reads its body. Heads that were replaced before they were sent are not seen. */
export async function observed(app: GatewayApp, options: ObserveOptions = {}): Promise<Observation> {
	const seen: Observation = { status: null, fields: [], blocks: [], ended: false, errors: [] };
	const head = new ResponseHead();
	const send = (block: Uint8Array): void => {
		if (block.length > 0) sendHead();
		seen.blocks.push(latin1Decode(block, 0, block.length));
	};
	const sendHead = (): void => {
		if (head.sent) return;
		seen.status = latin1(head.status);
		seen.fields = head.fields.map(([name, value]) => [latin1(name), latin1(value)] as const);
		head.sent = true;
	};
	let body: Body;
	try {
		body = await app(options.environ ?? environOf(), (status, fields, excInfo) => {
			head.start(status, fields, excInfo);
			return async (block) => send(block);
		});
	} catch (error) {
		seen.errors.push(error);
		return seen;
	}
	const reader = new BodyReader(body);
	try {
		for (let taken = 0; taken !== options.stopAfter; taken++) {
			const step = await reader.next();
			if (step.done === true) {
				sendHead();
				seen.ended = true;
				break;
			}
			send(step.value);
			await options.eachBlock?.();
		}
	} catch (error) {
		seen.errors.push(error);
	}
	try {
		await reader.stop();
	} catch (error) {
		seen.errors.push(error);
	}
	return seen;
}
