/** spec/middleware.md §8: static files. */
import { mkdirSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import { type StaticFilesOptions, staticFiles } from 'rsgi/middleware/static-files';
import { beforeEach, describe, expect, test } from 'vitest';
import { rich } from '../../src/rich/app.ts';
import type { PairRequest } from '../../src/rich/pair.ts';
import { utf8 } from '../../src/wire/utf8.ts';
import { answered } from '../support/answered.ts';
import { folder } from '../support/folder.ts';
import type { RecordedClient } from '../support/recorded-client.ts';

const SCRIPT = 'console.log("again and again");\n'.repeat(50);
const LONG_AGO = new Date(Date.UTC(2020, 1, 3));

let root: string;

beforeEach(() => {
	const top = folder({
		'secret.txt': 'secret',
		'public/index.html': '<p>home',
		'public/app.js': SCRIPT,
		'public/a b.txt': 'spaced',
		'public/.env': 'secret',
		'public/docs/index.html': '<p>docs',
		'public/docs/.git/config': 'secret',
		'public/empty/x.txt': 'x',
	});
	root = join(top, 'public');
	symlinkSync('../secret.txt', join(root, 'out.txt'));
	mkdirSync(join(root, 'index-is-folder', 'index.html'), { recursive: true });
});

const fallback = rich((exchange) => {
	exchange.respond(404, ['x-from', 'application']);
	exchange.end(utf8(`application ${exchange.method} ${exchange.target}`));
});

function ask(target: string, options: StaticFilesOptions = {}, request: PairRequest = {}): Promise<RecordedClient> {
	return answered(staticFiles(root, options)(fallback), { target, ...request });
}

/** A file beside another, as a build makes it. */
function beside(name: string, content: Uint8Array, time = LONG_AGO): void {
	writeFileSync(join(root, name), content);
	utimesSync(join(root, name), time, time);
}

describe('MW-27: files, and what goes to the application', () => {
	test('a file, with its type and validators', async () => {
		const client = await ask('/app.js?v=1');
		expect(client.status).toBe(200);
		expect(client.text).toBe(SCRIPT);
		expect(client.fields.first('content-type')).toBe('text/javascript; charset=utf-8');
		expect(client.fields.has('etag')).toBe(true);
		expect(client.fields.has('vary')).toBe(false);
		const head = await ask('/app.js', {}, { method: 'HEAD' });
		expect(head.fields.lines).toEqual(client.fields.lines);
		expect(head.content.length).toBe(0);
	});

	test('conditional requests and ranges', async () => {
		beside('app.js', utf8(SCRIPT));
		const etag = (await ask('/app.js')).fields.first('etag') as string;
		expect((await ask('/app.js', {}, { fields: ['if-none-match', etag] })).status).toBe(304);
		const range = await ask('/app.js', {}, { fields: ['range', 'bytes=0-6'] });
		expect([range.status, range.text]).toEqual([206, 'console']);
		expect((await ask('/app.js', {}, { fields: ['range', 'bytes=99999-'] })).status).toBe(416);
		expect((await ask('/app.js', {}, { fields: ['if-match', '"other"'] })).status).toBe(412);
	});

	test.each([
		'/nowhere.txt',
		'/../secret.txt',
		'/%2e%2e/secret.txt',
		'/docs/..%2f..%2fsecret.txt',
		'/..%5csecret.txt',
		'/out.txt',
		'/.env',
		'/docs/.git/config',
		'/%2eenv',
		'/app.js%00.txt',
		'/app.js/',
		'//app.js',
		'/%zz',
		'/empty/',
		'/empty',
		'/index-is-folder/',
		'*',
		'',
	])('%s goes to the application', async (target) => {
		const client = await ask(target);
		expect(client.text).toBe(`application GET ${target}`);
		expect(client.fields.lines).toEqual(['x-from', 'application']);
	});

	test('other methods do too', async () => {
		expect((await ask('/app.js', {}, { method: 'POST' })).text).toBe('application POST /app.js');
	});

	test('hidden files, an absolute target, encoded names, a root by URL', async () => {
		expect((await ask('/.env', { hidden: true })).text).toBe('secret');
		expect((await ask('http://localhost/app.js')).text).toBe(SCRIPT);
		expect((await ask('/a%20b.txt')).text).toBe('spaced');
		const client = await answered(staticFiles(pathToFileURL(root))(fallback), { target: '/docs/' });
		expect(client.text).toBe('<p>docs');
	});

	test('a prefix', async () => {
		for (const prefix of ['/static', '/static/']) {
			expect((await ask('/static/app.js', { prefix })).text).toBe(SCRIPT);
			expect((await ask('/app.js', { prefix })).status).toBe(404);
			expect((await ask('/staticapp.js', { prefix })).status).toBe(404);
			expect((await ask('/static', { prefix })).status).toBe(404);
		}
	});

	test('fields of the caller, by path too', async () => {
		const client = await ask('/app.js', {
			fields: (path) => ['cache-control', path.endsWith('.js') ? 'immutable' : 'no-cache'],
		});
		expect(client.fields.first('cache-control')).toBe('immutable');
		expect((await ask('/', { fields: ['x-own', '1'] })).fields.first('x-own')).toBe('1');
	});

	test('a root that does not exist is a failure, and not a missing file', async () => {
		const client = await answered(staticFiles(join(root, 'nowhere'))(fallback), { target: '/app.js' });
		expect(client.status).toBe(500);
		expect(client.faults).toMatchObject([{ message: expect.stringContaining('cannot be found') }]);
	});
});

describe('MW-28: directories', () => {
	test('the index', async () => {
		expect((await ask('/')).text).toBe('<p>home');
		expect((await ask('/docs/?x')).text).toBe('<p>docs');
		expect((await ask('/empty/', { index: 'x.txt' })).text).toBe('x');
	});

	test.each([
		['/docs', '', '/docs/'],
		['/docs?a=/b', '', '/docs/?a=/b'],
		['/static/docs', '/static', '/static/docs/'],
		['http://localhost/docs?q', '', '/docs/?q'],
	])('the slash that is missing: %s', async (target, prefix, location) => {
		const client = await ask(target, { prefix: prefix === '' ? '/' : prefix });
		expect(client.log).toEqual([`respond 308 location: ${location} content-length: 0`, 'end']);
	});

	test.each(['//evil.example/docs', '/%2fevil.example/docs', '/\\evil.example/docs', '//docs'])(
		'no redirect elsewhere: %s',
		async (target) => {
			expect((await ask(target)).status).toBe(404);
		},
	);

	test('none without an index', async () => {
		for (const target of ['/', '/docs', '/docs/']) expect((await ask(target, { index: null })).status).toBe(404);
		expect((await ask('/docs/index.html', { index: null })).text).toBe('<p>docs');
	});
});

describe('MW-29: precompressed files', () => {
	const BOTH: StaticFilesOptions = { precompressed: ['br', 'gzip'] };
	const accepting = (accept: string, ...more: string[]): PairRequest => ({
		fields: ['accept-encoding', accept, ...more],
	});

	beforeEach(() => {
		beside('app.js', utf8(SCRIPT));
		beside('app.js.br', brotliCompressSync(SCRIPT));
		beside('app.js.gz', gzipSync(SCRIPT));
	});

	test.each([
		['gzip, br', 'br', brotliCompressSync(SCRIPT)],
		['gzip, br;q=0.5', 'gzip', gzipSync(SCRIPT)],
		['zstd', null, utf8(SCRIPT)],
		['br;q=0', null, utf8(SCRIPT)],
	])('%s: %s', async (accept, coding, content) => {
		const client = await ask('/app.js', BOTH, accepting(accept));
		expect(client.fields.first('content-encoding')).toBe(coding);
		expect(client.fields.first('content-type')).toBe('text/javascript; charset=utf-8');
		expect(client.fields.first('content-length')).toBe(String(content.length));
		expect(client.fields.first('vary')).toBe('accept-encoding');
		expect(client.content).toEqual(new Uint8Array(content));
	});

	test('codings of the same length and time have entity tags of their own', async () => {
		beside('app.js.br', new Uint8Array(20));
		beside('app.js.gz', new Uint8Array(20));
		const br = (await ask('/app.js', BOTH, accepting('br'))).fields.first('etag') as string;
		const gzip = (await ask('/app.js', BOTH, accepting('gzip'))).fields.first('etag') as string;
		expect(br).not.toBe(gzip);
		expect((await ask('/app.js', BOTH, accepting('br', 'if-none-match', br))).status).toBe(304);
		expect((await ask('/app.js', BOTH, accepting('br', 'if-none-match', gzip))).status).toBe(200);
	});

	test('each has an entity tag of its own, and conditions are about that', async () => {
		const plain = (await ask('/app.js', BOTH)).fields.first('etag') as string;
		const br = (await ask('/app.js', BOTH, accepting('br'))).fields.first('etag') as string;
		expect(br).not.toBe(plain);
		const same = await ask('/app.js', BOTH, accepting('br', 'if-none-match', br));
		expect([same.status, same.fields.first('vary'), same.fields.has('content-encoding')]).toEqual([
			304,
			'accept-encoding',
			false,
		]);
		expect((await ask('/app.js', BOTH, accepting('br', 'if-none-match', plain))).status).toBe(200);
	});

	test('ranges are of what is sent', async () => {
		const coded = brotliCompressSync(SCRIPT);
		const client = await ask('/app.js', BOTH, accepting('br', 'range', 'bytes=0-9'));
		expect(client.fields.first('content-range')).toBe(`bytes 0-9/${coded.length}`);
		expect(client.fields.first('content-encoding')).toBe('br');
		expect(client.content).toEqual(new Uint8Array(coded.subarray(0, 10)));
	});

	test('one that is older, or not shorter, is passed over for the next', async () => {
		beside('app.js.br', brotliCompressSync(SCRIPT), new Date(LONG_AGO.getTime() - 1000));
		expect((await ask('/app.js', BOTH, accepting('br, gzip'))).fields.first('content-encoding')).toBe('gzip');
		beside('app.js.gz', utf8(`${SCRIPT} `));
		expect((await ask('/app.js', BOTH, accepting('br, gzip'))).text).toBe(SCRIPT);
	});

	test('the original must be there, and the others are files as any', async () => {
		beside('lost.js.br', brotliCompressSync(SCRIPT));
		expect((await ask('/lost.js', BOTH, accepting('br'))).status).toBe(404);
		expect((await ask('/app.js.br', BOTH)).content).toEqual(new Uint8Array(brotliCompressSync(SCRIPT)));
		symlinkSync('../../secret.txt', join(root, 'docs', 'index.html.br'));
		expect((await ask('/docs/', BOTH, accepting('br'))).text).toBe('<p>docs');
	});
});
