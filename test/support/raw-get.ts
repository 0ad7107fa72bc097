/** A GET by node:http, which decodes nothing. */
import { get, type IncomingHttpHeaders } from 'node:http';

/** Asks, and gives the fields and the content as they came. */
export function rawGet(url: string): Promise<{ fields: IncomingHttpHeaders; content: Uint8Array }> {
	return new Promise((resolve, reject) => {
		get(url, { agent: false }, (response) => {
			const chunks: Uint8Array[] = [];
			response.on('data', (chunk: Uint8Array) => chunks.push(chunk));
			response.on('error', reject);
			response.on('end', () => resolve({ fields: response.headers, content: Buffer.concat(chunks) }));
		}).on('error', reject);
	});
}
