import type { RichApp } from '../../src/rich/app.ts';
import type { PairRequest } from '../../src/rich/pair.ts';
import { type RecordedClient, type RecordedOptions, recorded } from './recorded-client.ts';
import { settled } from './settled.ts';

/** Makes a request in memory and waits for the end of its response, which may take threads and files to make. */
export async function answered(
	app: RichApp,
	request: PairRequest = {},
	options: RecordedOptions = {},
): Promise<RecordedClient> {
	const client = recorded(app, request, options);
	await ended(client);
	return client;
}

/** Waits until the client has seen the end, or a reset. */
export async function ended(client: RecordedClient): Promise<void> {
	while (!client.log.some((line) => /^(?:end|reset)/.test(line)))
		await new Promise((resolve) => setTimeout(resolve, 1));
	await settled();
}
