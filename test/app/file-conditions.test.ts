import { describe, expect, it } from 'vitest';
import { utf8 } from '../../src/wire/utf8.ts';
import { requestFile } from '../support/file-request.ts';
import { LONG_AGO_TEXT, MemoryFile } from '../support/memory-file.ts';

const CONTENT = 'hello, world\n';
const ETAG = await etagOf(oldFile());
const EARLIER = 'Mon, 03 Feb 2020 04:05:05 GMT';
const LATER = 'Mon, 03 Feb 2020 04:05:07 GMT';

function oldFile(): MemoryFile {
	return new MemoryFile(utf8(CONTENT));
}

/** Its second is not over, however slow the test is. */
function freshFile(): MemoryFile {
	return new MemoryFile(utf8(CONTENT), new Date(Date.now() + 3_600_000));
}

async function etagOf(file: MemoryFile): Promise<string> {
	return (await requestFile(file)).fields.first('etag') ?? '';
}

/** The status of a GET with these fields; and the file was read only where it had to be, and closed. */
async function status(fields: readonly string[], method = 'GET'): Promise<number> {
	const file = oldFile();
	const { status } = await requestFile(file, { method, fields });
	expect(file.closed).toBe(1);
	expect(file.reads).toBe(method === 'GET' && status < 300 ? 1 : 0);
	return status;
}

describe('RICH-48 RFC 9110 §8.8 validators', () => {
	it('are an ETag and Last-Modified', async () => {
		const { fields } = await requestFile(oldFile());
		expect(fields.first('last-modified')).toBe(LONG_AGO_TEXT);
		expect(fields.first('etag')).toMatch(/^"[\x21\x23-\x7e]+"$/);
	});

	it('§8.8.3 differ by size and by time', async () => {
		const tags = await Promise.all([
			etagOf(new MemoryFile(utf8('a'), new Date(1e12))),
			etagOf(new MemoryFile(utf8('ab'), new Date(1e12))),
			etagOf(new MemoryFile(utf8('a'), new Date(1e12 + 1000))),
			etagOf(new MemoryFile(utf8('a'), new Date(1e12 + 1))),
		]);
		expect(new Set(tags).size).toBe(4);
	});

	it('§8.8.1 are weak while the file may change again within the second', async () => {
		expect(await etagOf(freshFile())).toMatch(/^W\/"/);
	});

	it('§8.8.2.1 are never later than the response', async () => {
		const before = Date.now();
		const { fields } = await requestFile(freshFile());
		const sent = Date.parse(fields.first('last-modified') ?? '');
		expect(sent).toBeGreaterThan(before - 1001);
		expect(sent).toBeLessThanOrEqual(Date.now());
	});

	it('can be the application’s own entity tag', async () => {
		const { fields } = await requestFile(oldFile(), [], { etag: '"sha-1"' });
		expect(fields.first('etag')).toBe('"sha-1"');
		const again = await requestFile(oldFile(), ['if-none-match', 'W/"sha-1"'], { etag: '"sha-1"' });
		expect(again.status).toBe(304);
	});

	it.each(['', 'sha', '"', '"a"b"', 'w/"a"', '"ā"', '"a\n"'])('refuse %j as an entity tag', async (etag) => {
		const file = oldFile();
		await expect(requestFile(file, [], { etag })).rejects.toThrow('RFC 9110 §8.8.3');
		expect(file.closed).toBe(1);
	});

	it('refuse a time that is none', async () => {
		const file = new MemoryFile(utf8('a'), new Date(Number.NaN));
		await expect(requestFile(file)).rejects.toThrow(RangeError);
		expect(file.closed).toBe(1);
	});
});

describe('RICH-48 RFC 9110 §13.1.1 If-Match', () => {
	it.each([
		['*', 200],
		[ETAG, 200],
		[`"x", ${ETAG}`, 200],
		[`,, "a,b" ,${ETAG},`, 200],
		['"x"', 412],
		['', 412],
		[`W/${ETAG}`, 412],
		[`${ETAG} "x"`, 412],
		[`${ETAG}, x`, 412],
		[`*, ${ETAG}`, 412],
		[`${'"x",'.repeat(50_000)}${ETAG}`, 200],
		[`${'"x"'.repeat(50_000)}${ETAG}`, 412],
	])('%j → %i', async (value, expected) => {
		expect(await status(['if-match', value])).toBe(expected);
		expect(await status(['if-match', value], 'HEAD')).toBe(expected);
	});

	it('compares strongly: a weak ETag never matches', async () => {
		const { status } = await requestFile(freshFile(), ['if-match', await etagOf(freshFile())]);
		expect(status).toBe(412);
	});

	it('may be sent in several lines', async () => {
		expect(await status(['if-match', '"x"', 'If-Match', ETAG])).toBe(200);
	});
});

describe('RICH-48 RFC 9110 §13.1.2 If-None-Match', () => {
	it.each([
		['*', 304],
		[ETAG, 304],
		[`W/${ETAG}`, 304],
		[`"x", ${ETAG}`, 304],
		['"x"', 200],
		['x', 200],
		[ETAG.slice(1, -1), 200],
	])('%j → %i', async (value, expected) => {
		expect(await status(['if-none-match', value])).toBe(expected);
		expect(await status(['if-none-match', value], 'HEAD')).toBe(expected);
	});

	it('compares weakly', async () => {
		const file = freshFile();
		const etag = await etagOf(file);
		const again = new MemoryFile(utf8(CONTENT), file.modified);
		expect((await requestFile(again, ['if-none-match', etag])).status).toBe(304);
	});
});

describe('RICH-48 RFC 9110 §13.1.3 If-Modified-Since', () => {
	it.each([
		[LONG_AGO_TEXT, 304],
		[LATER, 304],
		[EARLIER, 200],
		['Monday, 03-Feb-20 04:05:06 GMT', 304],
		['Mon Feb  3 04:05:06 2020', 304],
		['yesterday', 200],
		[`${LONG_AGO_TEXT}, ${LONG_AGO_TEXT}`, 200],
	])('%j → %i', async (value, expected) => {
		expect(await status(['if-modified-since', value])).toBe(expected);
		expect(await status(['if-modified-since', value], 'HEAD')).toBe(expected);
	});
});

describe('RICH-48 RFC 9110 §13.1.4 If-Unmodified-Since', () => {
	it.each([
		[LONG_AGO_TEXT, 200],
		[LATER, 200],
		[EARLIER, 412],
		['yesterday', 200],
	])('%j → %i', async (value, expected) => {
		expect(await status(['if-unmodified-since', value])).toBe(expected);
	});
});

describe('RICH-48 RFC 9110 §13.1.5 If-Range', () => {
	const range = ['range', 'bytes=0-4'];

	it.each([
		[ETAG, 206],
		[LONG_AGO_TEXT, 206],
		['Mon Feb  3 04:05:06 2020', 206],
		[`W/${ETAG}`, 200],
		['"x"', 200],
		[`${ETAG}, ${ETAG}`, 200],
		[EARLIER, 200],
		[LATER, 200],
		['x', 200],
	])('%j → %i', async (value, expected) => {
		const { status, text } = await requestFile(oldFile(), [...range, 'if-range', value]);
		expect(status).toBe(expected);
		expect(text).toBe(expected === 206 ? 'hello' : CONTENT);
	});

	it('takes neither a weak ETag nor the date of this second', async () => {
		const file = freshFile();
		const { fields } = await requestFile(new MemoryFile(utf8(CONTENT), file.modified));
		for (const value of [fields.first('etag') ?? '', fields.first('last-modified') ?? '']) {
			const again = new MemoryFile(utf8(CONTENT), file.modified);
			expect((await requestFile(again, [...range, 'if-range', value])).status).toBe(200);
		}
	});

	it('without Range means nothing', async () => {
		expect(await status(['if-range', ETAG])).toBe(200);
	});
});

describe('RICH-48 RFC 9110 §13.2.2 precedence', () => {
	it.each([
		['If-Match before If-Unmodified-Since', ['if-match', ETAG, 'if-unmodified-since', EARLIER], 200],
		['a failed If-Match before If-None-Match', ['if-match', '"x"', 'if-none-match', ETAG], 412],
		['If-None-Match behind If-Match', ['if-match', ETAG, 'if-none-match', ETAG], 304],
		['If-None-Match before If-Modified-Since', ['if-none-match', '"x"', 'if-modified-since', LATER], 200],
		['the same, matching', ['if-none-match', ETAG, 'if-modified-since', EARLIER], 304],
		['a failed If-Unmodified-Since first', ['if-unmodified-since', EARLIER, 'if-none-match', ETAG], 412],
		['304 before Range', ['if-none-match', ETAG, 'range', 'bytes=0-4'], 304],
		['412 before Range', ['if-match', '"x"', 'range', 'bytes=0-4'], 412],
		['304 before 416', ['if-none-match', ETAG, 'range', 'bytes=900-'], 304],
		['Range last', ['if-match', ETAG, 'if-none-match', '"x"', 'range', 'bytes=0-4'], 206],
	])('%s', async (_title, fields, expected) => {
		expect(await status(fields)).toBe(expected);
	});

	it('§13.2.1 preconditions do not matter where the answer is an error without them', async () => {
		const fields = ['if-match', '"x"', 'if-none-match', '*'];
		expect((await requestFile(null, fields)).status).toBe(404);
		expect((await requestFile(oldFile(), { method: 'DELETE', fields })).status).toBe(405);
	});
});

describe('RICH-48 RFC 9110 §15.4.5 a 304', () => {
	it('has the ETag and what guides caches, and nothing that describes content', async () => {
		const further = ['cache-control', 'max-age=60', 'vary', 'accept-encoding', 'Content-Encoding', 'gzip'];
		const { log } = await requestFile(oldFile(), ['if-none-match', ETAG], { fields: further });
		expect(log).toEqual([`respond 304 cache-control: max-age=60 vary: accept-encoding etag: ${ETAG}`, 'end']);
	});
});
