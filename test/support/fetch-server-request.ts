/** Requests to Fetch Server API applications in memory. */
import { type FetchServerToRichOptions, fetchServerToRich } from 'rsgi/adapters';
import { fetchServer, type HandlerObject } from 'rsgi/fetch-server';
import type { PairRequest } from '../../src/rich/pair.ts';
import { type RecordedClient, type RecordedOptions, recorded } from './recorded-client.ts';

/** Makes a request of a handler object. What goes to the log is in `faults`. */
export function asked(
	handler: HandlerObject,
	request: PairRequest = {},
	options: RecordedOptions & FetchServerToRichOptions = {},
): RecordedClient {
	return recorded(fetchServerToRich(fetchServer(handler), options), request, options);
}
