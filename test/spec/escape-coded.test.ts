/** spec/escape.md §2, of content that is coded under a Content-Type that is no placeholder's: where compression comes behind what changed the type. */
import {
	brotliCompressSync,
	createBrotliCompress,
	createDeflate,
	createGzip,
	createZstdCompress,
	deflateRawSync,
	deflateSync,
	gzipSync,
	zstdCompressSync,
} from 'node:zlib';
import { utf8 } from 'rsgi';
import { gatewayToRich } from 'rsgi/adapters';
import { bytes, gateway, type Upgrade } from 'rsgi/gateway';
import { describe, expect, test } from 'vitest';
import { answer, escaped, type Parts, rewriting, setField } from '../support/escaping-gateway.ts';
import { recorded } from '../support/recorded-client.ts';
import { settled } from '../support/settled.ts';

type Encode = (content: Uint8Array) => Uint8Array;

const CODINGS: readonly [coding: string, encode: Encode][] = [
	['gzip', gzipSync],
	['deflate', deflateSync],
	['deflate', deflateRawSync],
	['br', brotliCompressSync],
	['zstd', zstdCompressSync],
	['gzip, br', (content) => brotliCompressSync(gzipSync(content))],
];

const coded = (coding: string, encode: Encode, status = '200 OK', text?: string) =>
	rewriting((parts: Parts) => {
		parts.status = status;
		parts.content = encode(text === undefined ? parts.content : utf8(text));
		setField(parts, 'content-type', 'text/html');
		setField(parts, 'content-encoding', coding);
		setField(parts, 'content-length', null);
	});

describe('ESC-10: (d) a whole content that decodes to a tag runs what it stands for', () => {
	test.each(CODINGS)('%s', async (coding, encode) => {
		const client = await escaped(answer, coded(coding, encode));
		expect(client.log).toEqual(['respond 200 x-app: rich', 'data rich', 'end']);
	});
});

test('ESC-13: under another status a coded tag is not sent either', async () => {
	for (const [coding, encode] of CODINGS) {
		const client = await escaped(answer, coded(coding, encode, '403 Forbidden'));
		expect([client.status, client.text, client.fields.first('content-encoding')]).toEqual([403, '', null]);
	}
});

describe('ESC-11: coded content is held back no longer than other content', () => {
	for (const [coding, make] of [
		['gzip', createGzip],
		['deflate', createDeflate],
		['br', createBrotliCompress],
		['zstd', createZstdCompress],
	] as const) {
		test(`a stream in ${coding} goes on as soon as what has come decodes to something else`, async () => {
			const goOn = Promise.withResolvers<void>();
			const begun = Promise.withResolvers<void>();
			const coder = make();
			const flushed = async (text: string): Promise<Uint8Array> => {
				const chunks: Uint8Array[] = [];
				coder.on('data', (chunk: Uint8Array) => chunks.push(chunk));
				coder.write(text);
				await new Promise<void>((resolve) => coder.flush(() => resolve()));
				return Buffer.concat(chunks);
			};
			const app = gateway(async (environ, startResponse) => {
				await (environ['rsgi.upgrade'] as Upgrade)(answer, () => () => Promise.resolve());
				startResponse(bytes('200 OK'), [[bytes('Content-Encoding'), bytes(coding)]]);
				return (async function* () {
					yield await flushed('data: one\n\n');
					begun.resolve();
					await goOn.promise;
				})();
			});
			const client = recorded(gatewayToRich(app));
			await begun.promise;
			await settled();
			expect([client.status, client.content.length > 0, client.log.includes('end')]).toEqual([200, true, false]);
			goOn.resolve();
			await settled();
		});
	}

	test('what is not in the coding that it says, or in one that is unknown, goes as it is', async () => {
		for (const coding of ['gzip', 'deflate', 'br', 'zstd', 'x-none', 'gzip, x-none']) {
			const client = await escaped(
				answer,
				coded(coding, (content) => content, '200 OK', 'page'),
			);
			expect([client.status, client.text, client.faults]).toEqual([200, 'page', []]);
		}
	});

	test('a page that is coded goes as it is, and so does a bomb', async () => {
		for (const text of ['page', 'a'.repeat(100_000)]) {
			const client = await escaped(answer, coded('gzip', gzipSync, '200 OK', text));
			expect(client.content).toEqual(new Uint8Array(gzipSync(text)));
		}
	});
});
