/** Requests to node applications in memory. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { type NodeToRichOptions, nodeToRich } from 'rsgi/adapters';
import { type NodeFunction, node } from 'rsgi/node';
import type { PairRequest } from '../../src/rich/pair.ts';
import { type RecordedClient, type RecordedOptions, recorded } from './recorded-client.ts';
import { settled } from './settled.ts';

/** Makes a request of a node application. What it throws goes to `faults`. */
export function askedNode(
	run: NodeFunction,
	request: PairRequest = {},
	options: NodeToRichOptions & RecordedOptions = {},
): RecordedClient {
	const { unsentLimit, ...recording } = options;
	return recorded(nodeToRich(node(run), { unsentLimit }), request, recording);
}

/** A request and its response in the test's hands, and what they have told, in order. */
export interface OpenNode {
	readonly req: IncomingMessage;
	readonly res: ServerResponse;
	readonly asked: RecordedClient;
	/** `req end`, `res finish`, `socket close` … */
	readonly events: string[];
}

const EVENTS = {
	req: ['aborted', 'end', 'close', 'error', 'timeout'],
	res: ['prefinish', 'finish', 'close', 'drain', 'error', 'pipe', 'unpipe', 'timeout'],
	socket: ['close', 'error', 'timeout'],
} as const;

/** Opens an exchange with a node application that does nothing by itself. */
export async function openNode(
	request: PairRequest = {},
	options: NodeToRichOptions & RecordedOptions & { readonly listen?: boolean } = {},
): Promise<OpenNode> {
	const { listen = true, ...rest } = options;
	const events: string[] = [];
	let seen: { req: IncomingMessage; res: ServerResponse } | null = null;
	const asked = askedNode(
		(req, res) => {
			seen = { req, res };
			if (!listen) return;
			for (const [name, from] of [
				['req', req],
				['res', res],
				['socket', req.socket],
			] as const) {
				for (const event of EVENTS[name]) {
					from.on(event, (error?: { code?: string }) =>
						events.push(`${name} ${event}${event === 'error' ? ` ${error?.code}` : ''}`),
					);
				}
			}
		},
		request,
		rest,
	);
	await turns();
	return { ...(seen as unknown as { req: IncomingMessage; res: ServerResponse }), asked, events };
}

/** Waits until streams and exchanges have nothing left to tell. */
export async function turns(count: number = 6): Promise<void> {
	for (let turn = 0; turn < count; turn++) {
		await settled();
		await new Promise((resolve) => setImmediate(resolve));
	}
}
