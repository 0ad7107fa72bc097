/** A request in memory that is answered with a file, to its end. */
import { expect } from 'vitest';
import { type FileOptions, type FileSource, fileResponse } from '../../src/app/files.ts';
import { rich } from '../../src/rich/app.ts';
import type { PairRequest } from '../../src/rich/pair.ts';
import { type RecordedClient, recorded } from './recorded-client.ts';

/** Asks for the file, and waits until the exchange has ended well. */
export async function requestFile(
	file: FileSource | null,
	request: PairRequest | readonly string[] = {},
	options: FileOptions = {},
): Promise<RecordedClient> {
	const { promise, resolve, reject } = Promise.withResolvers<void>();
	const app = rich(async (exchange) => {
		const answer = fileResponse(exchange, file, options);
		answer.then(resolve, reject);
		await answer;
	});
	const client = recorded(app, isLines(request) ? { fields: request } : request);
	await promise;
	expect(client.faults).toEqual([]);
	return client;
}

function isLines(request: PairRequest | readonly string[]): request is readonly string[] {
	return Array.isArray(request);
}
