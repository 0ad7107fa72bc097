/** An exchange that is open and in the test's hands: the application side, the client side, and what each was told. */
import { rich } from '../../src/rich/app.ts';
import type { Exchange } from '../../src/rich/exchange.ts';
import type { PairRequest } from '../../src/rich/pair.ts';
import { type RecordedClient, type RecordedOptions, recorded } from './recorded-client.ts';
import { RecordingHandler } from './recording-handler.ts';
import { settled } from './settled.ts';

export interface OpenExchange {
	readonly exchange: Exchange;
	/** Attached by returning it, unless `attach` is false. */
	readonly handler: RecordingHandler;
	readonly client: RecordedClient;
	/** Lets the application settle, where it was left pending. */
	readonly settle: () => void;
}

/**
 * Opens an exchange in memory.
 * @param attach true: the application returns the handler. false: its call is left pending, with nothing attached
 */
export async function openExchange(
	request: PairRequest = {},
	attach: boolean = true,
	options: RecordedOptions = {},
): Promise<OpenExchange> {
	const handler = new RecordingHandler();
	let exchange: Exchange | null = null;
	let settle: () => void = () => {};
	const app = rich((opened) => {
		exchange = opened;
		if (attach) return handler;
		return new Promise<void>((resolve) => {
			settle = resolve;
		});
	});
	const client = recorded(app, request, options);
	await settled();
	return { exchange: exchange as unknown as Exchange, handler, client, settle: () => settle() };
}

/** A request with content to come. */
export const POST: PairRequest = { method: 'POST', hasContent: true };
/** A request for a tunnel. */
export const CONNECT: PairRequest = { method: 'CONNECT', target: 'example.org:443', authority: 'example.org:443' };
/** A request for another protocol on HTTP/1.1. */
export const UPGRADE: PairRequest = { method: 'GET', protocol: 'toy', httpVersion: '1.1' };
