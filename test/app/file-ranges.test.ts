import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { latin1Decode } from '../../src/wire/latin1.ts';
import { utf8 } from '../../src/wire/utf8.ts';
import { requestFile } from '../support/file-request.ts';
import { MemoryFile } from '../support/memory-file.ts';
import type { RecordedClient } from '../support/recorded-client.ts';

const DIGITS = '0123456789';

function digits(range: string, fields: readonly string[] = []): Promise<RecordedClient> {
	return requestFile(new MemoryFile(utf8(DIGITS)), ['range', range, ...fields], { name: 'digits.txt' });
}

describe('RICH-48 RFC 9110 §14 ranges', () => {
	it('§14.3 are offered', async () => {
		for (const method of ['GET', 'HEAD']) {
			const { fields } = await requestFile(new MemoryFile(utf8(DIGITS)), { method });
			expect(fields.first('accept-ranges')).toBe('bytes');
		}
	});

	it.each([
		['bytes=2-4', '234', 'bytes 2-4/10'],
		['bytes=2-', '23456789', 'bytes 2-9/10'],
		['bytes=-3', '789', 'bytes 7-9/10'],
		['bytes=-30', DIGITS, 'bytes 0-9/10'],
		['bytes=0-0', '0', 'bytes 0-0/10'],
		['bytes=9-100', '9', 'bytes 9-9/10'],
	])('§14.4 %s is a 206 with Content-Range', async (range, content, contentRange) => {
		const { status, text, fields } = await digits(range);
		expect(status).toBe(206);
		expect(text).toBe(content);
		expect(fields.all('content-range')).toEqual([contentRange]);
		expect(fields.all('content-length')).toEqual([String(content.length)]);
		expect(fields.all('content-type')).toEqual(['text/plain; charset=utf-8']);
		expect(fields.has('etag') && fields.has('last-modified')).toBe(true);
	});

	it('§15.5.17 are a 416 with the size when none can be satisfied', async () => {
		const file = new MemoryFile(utf8(DIGITS));
		const { status, fields } = await requestFile(file, ['range', 'bytes=10-']);
		expect(status).toBe(416);
		expect(fields.first('content-range')).toBe('bytes */10');
		expect(fields.has('etag')).toBe(false);
		expect([file.reads, file.closed]).toEqual([0, 1]);
	});

	it('of an empty file', async () => {
		const ask = (range: string): Promise<RecordedClient> => requestFile(new MemoryFile(utf8('')), ['range', range]);
		expect((await ask('bytes=0-')).log[0]).toContain('content-range: bytes */0');
		expect((await ask('bytes=-1')).status).toBe(200);
	});

	it('§14.2 mean nothing to HEAD', async () => {
		const file = new MemoryFile(utf8(DIGITS));
		const { status, fields } = await requestFile(file, { method: 'HEAD', fields: ['range', 'bytes=2-4'] });
		expect([status, fields.first('content-length'), fields.has('content-range')]).toEqual([200, '10', false]);
	});

	it('§14.2 in two lines, malformed or of another unit are ignored', async () => {
		expect((await digits('bytes=0-1', ['Range', 'bytes=2-3'])).text).toBe(DIGITS);
		expect((await digits('bytes=4-3')).text).toBe(DIGITS);
		expect((await digits('lines=0-1')).text).toBe(DIGITS);
	});
});

describe('RICH-48 RFC 9110 §14.6 several ranges', () => {
	it('are parts of multipart/byteranges, in the order asked for', async () => {
		const { status, text, fields } = await digits('bytes=-2,0-1,20-30,4-4');
		expect(status).toBe(206);
		const boundary = /^multipart\/byteranges; boundary=([0-9a-f-]{36})$/.exec(fields.first('content-type') ?? '')?.[1];
		expect(boundary).toBeDefined();
		expect(fields.has('content-range')).toBe(false);
		expect(fields.first('content-length')).toBe(String(text.length));
		const part = (range: string, content: string): string =>
			`--${boundary}\r\ncontent-type: text/plain; charset=utf-8\r\ncontent-range: bytes ${range}/10\r\n\r\n${content}\r\n`;
		expect(text).toBe(`${part('8-9', '89')}${part('0-1', '01')}${part('4-4', '4')}--${boundary}--\r\n`);
	});

	it('have a new boundary each time', async () => {
		const [one, other] = await Promise.all([digits('bytes=0-0,2-2'), digits('bytes=0-0,2-2')]);
		expect(one.fields.first('content-type')).not.toBe(other.fields.first('content-type'));
	});

	it('of which one is left are a 206 without parts (§15.3.7.2)', async () => {
		const { text, fields } = await digits('bytes=2-4,100-');
		expect([text, fields.first('content-range')]).toEqual(['234', 'bytes 2-4/10']);
	});

	it('that overlap are ignored: the answer is never larger than the file', async () => {
		const { status, text } = await digits(`bytes=${Array.from({ length: 16 }, () => '0-').join(',')}`);
		expect([status, text]).toEqual([200, DIGITS]);
	});
});

describe('RICH-48 any range', () => {
	const bytes = fc.uint8Array({ maxLength: 300 });

	it('of any file is the slice', async () => {
		await fc.assert(
			fc.asyncProperty(
				bytes,
				fc.nat(310),
				fc.nat(310),
				fc.integer({ min: 1, max: 64 }),
				async (content, a, b, readMax) => {
					const [first, last] = [Math.min(a, b), Math.max(a, b)];
					for (const range of [`${first}-${last}`, `${first}-`, `-${last}`]) {
						const file = Object.assign(new MemoryFile(content), { readMax });
						const client = await requestFile(file, ['range', `bytes=${range}`]);
						const slice =
							range.startsWith('-') && last > 0
								? content.subarray(-last)
								: range === '-0'
									? []
									: content.subarray(first, range.endsWith('-') ? undefined : last + 1);
						expect(client.status).toBe(slice.length > 0 ? 206 : range.startsWith('-') && last > 0 ? 200 : 416);
						if (slice.length > 0) expect([...client.content]).toEqual([...slice]);
						if (client.status === 206) expect(file.bytesRead).toBe(slice.length);
						expect(file.closed).toBe(1);
					}
				},
			),
		);
	});

	it('every one of a small file', async () => {
		const content = Uint8Array.from({ length: 12 }, (_, i) => 250 + i);
		for (let first = 0; first < content.length; first++) {
			for (let last = first; last <= content.length; last++) {
				const file = Object.assign(new MemoryFile(content), { readMax: 5 });
				const client = await requestFile(file, ['range', `bytes=${first}-${last}`]);
				expect(client.content).toEqual(content.slice(first, last + 1));
			}
		}
	});

	it('of several is in its part', async () => {
		const cuts = fc.uniqueArray(fc.nat(299), { minLength: 4, maxLength: 20 });
		await fc.assert(
			fc.asyncProperty(fc.uint8Array({ minLength: 300, maxLength: 300 }), cuts, async (content, positions) => {
				const sorted = positions.toSorted((a, b) => a - b);
				const pairs: [number, number][] = [];
				for (let i = 0; i + 1 < sorted.length; i += 2) pairs.push([sorted[i] as number, sorted[i + 1] as number]);
				pairs.reverse();
				const range = pairs.map(([first, last]) => `${first}-${last}`).join(',');
				const { text, fields } = await requestFile(new MemoryFile(content), ['range', `bytes=${range}`]);
				const boundary = (fields.first('content-type') ?? '').split('boundary=')[1];
				const parts = `\r\n${text}`.split(`\r\n--${boundary}`).slice(1, -1);
				expect(parts.map((part) => part.slice(part.indexOf('\r\n\r\n') + 4))).toEqual(
					pairs.map(([first, last]) => latin1Decode(content, first, last + 1)),
				);
			}),
		);
	});
});
