/** FETCH-24: the response of another server, passed on by `fetch`. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import * as zlib from 'node:zlib';
import { serve } from 'rsgi';
import { fetchToRich } from 'rsgi/adapters';
import { fetch as fetchApp } from 'rsgi/fetch';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { rawGet } from '../support/raw-get.ts';

const CODERS: Readonly<Record<string, (text: string) => Uint8Array>> = {
	gzip: zlib.gzipSync,
	'x-gzip': zlib.gzipSync,
	deflate: zlib.deflateSync,
	br: zlib.brotliCompressSync,
	zstd: zlib.zstdCompressSync,
	// Two, and one that nobody knows.
	'gzip, br': (text) => zlib.brotliCompressSync(zlib.gzipSync(text)),
	'gzip, other': (text) => zlib.gzipSync(text),
};

const DECODERS: Readonly<Record<string, (bytes: Uint8Array) => Uint8Array>> = {
	zstd: zlib.zstdDecompressSync,
	'gzip, other': zlib.gunzipSync,
};

let origin: Server;
beforeAll(async () => {
	origin = createServer((request, response) => {
		const coding = decodeURIComponent(request.url?.slice(1) ?? '');
		response.setHeader('content-encoding', coding);
		response.end(CODERS[coding]?.('what was sent'));
	});
	await new Promise<void>((resolve) => origin.listen(0, '127.0.0.1', resolve));
});
afterAll(() => void origin.close());

test.each(Object.keys(CODERS))('FETCH-24: %s arrives as something that its fields say how to read', async (coding) => {
	const url = `http://127.0.0.1:${(origin.address() as AddressInfo).port}/${encodeURIComponent(coding)}`;
	const server = await serve(fetchToRich(fetchApp(() => fetch(url))), { port: 0 });
	const { fields, content } = await rawGet(server.url);
	await server.close();
	const left = fields['content-encoding'];
	// Decoded on this platform and said so by no field, or untouched and still named.
	const bytes = left === undefined ? content : (DECODERS[coding]?.(content) ?? new Uint8Array());
	if (left !== undefined) expect(left).toBe(coding);
	expect(new TextDecoder().decode(bytes)).toBe('what was sent');
});
