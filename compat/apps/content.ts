/** What all applications answer with. */
import { ReadableStream as WebStream } from 'node:stream/web';
import { fileURLToPath } from 'node:url';

/** The folder of files that all serve. */
export const PUBLIC: string = fileURLToPath(new URL('../public', import.meta.url));

/** Long enough to be compressed. */
export const LARGE: string = Array.from(
	{ length: 800 },
	(_, at) => `Line ${at} of a text that is worth compressing.`,
).join('\n');

const encoder = new TextEncoder();

/** Chunks that come one after the other. */
export async function* chunks(count: number, size: number): AsyncGenerator<Uint8Array> {
	for (let at = 0; at < count; at++) {
		await new Promise((resolve) => setImmediate(resolve));
		yield encoder.encode(`${String(at).padEnd(size - 1, '.')}\n`);
	}
}

/** Chunks, and then an error. */
export async function* broken(): AsyncGenerator<Uint8Array> {
	yield* chunks(3, 1000);
	// By now the client has them.
	await new Promise((resolve) => setTimeout(resolve, 30));
	throw new Error('broken in the middle');
}

/** Chunks as a stream of the platform. */
export function webStream(from: AsyncIterable<Uint8Array>): ReadableStream<Uint8Array<ArrayBuffer>> {
	return WebStream.from(from) as unknown as ReadableStream<Uint8Array<ArrayBuffer>>;
}

/** The fields of a request, as echoed: without those that HTTP/2 has no place for. */
export function echoed(fields: Iterable<readonly [string, unknown]>): Record<string, unknown> {
	const left = new Set(['connection', 'keep-alive', 'transfer-encoding', 'content-length']);
	const shown = [...fields].filter(([name]) => !left.has(name)).sort(([a], [b]) => (a < b ? -1 : 1));
	return Object.fromEntries(shown);
}
