/** Requests to fetch applications in memory. */
import { type FetchToRichOptions, fetchToRich } from 'rsgi/adapters';
import { type FetchApp, type FetchContext, type FetchFunction, fetch as fetchApp } from 'rsgi/fetch';
import type { RichApp } from '../../src/rich/app.ts';
import type { PairRequest } from '../../src/rich/pair.ts';
import { type RecordedClient, recorded } from './recorded-client.ts';
import { settled } from './settled.ts';

let options: FetchToRichOptions = {};

/** From here on nothing is put over the platform's own, in this process; before the first request. */
export function withoutGlobals(): void {
	options = { globals: false };
}

/** Whether contexts stay with what `clone()` and `new Request()` make. */
export function inheritsContexts(): boolean {
	return options.globals !== false;
}

/** fetchToRich() by the options of this process. */
export function richOf(app: FetchApp, more: FetchToRichOptions = {}): RichApp {
	return fetchToRich(app, { ...options, ...more });
}

/** Makes a request of a fetch application. What it throws goes to `faults`. */
export function fetched(run: FetchFunction, request: PairRequest = {}): RecordedClient {
	return recorded(richOf(fetchApp(run)), request);
}

/** The request that an application is given, and its context; it has answered 204. */
export async function requestFor(request: PairRequest = {}): Promise<{ request: Request; context: FetchContext }> {
	let seen: { request: Request; context: FetchContext } | null = null;
	fetched((given, context) => {
		seen = { request: given, context };
		return new Response(null, { status: 204 });
	}, request);
	await settled();
	return seen as unknown as { request: Request; context: FetchContext };
}
