/** Requests to fetch applications in memory. */
import { fetchToRich } from 'rsgi/adapters';
import { type FetchContext, type FetchFunction, fetch as fetchApp } from 'rsgi/fetch';
import type { PairRequest } from '../../src/rich/pair.ts';
import { type RecordedClient, recorded } from './recorded-client.ts';
import { settled } from './settled.ts';

/** Makes a request of a fetch application. What it throws goes to `faults`. */
export function fetched(run: FetchFunction, request: PairRequest = {}): RecordedClient {
	return recorded(fetchToRich(fetchApp(run)), request);
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
