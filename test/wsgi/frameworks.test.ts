/** Django, Flask, CherryPy, Bottle, Pyramid and a raw callable: the same small site in each, by curl. */
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { describe, expect, test, vi } from 'vitest';
import { SYSTEM_PYTHON } from '../../scripts/pythons.ts';
import { command } from '../support/command.ts';
import { djangoSite } from '../support/django-site.ts';
import { folder } from '../support/folder.ts';
import { PYTHON_WITH_NEWEST, PYTHON_WITH_PACKAGES, withPackages } from '../support/python-packages.ts';
import { type Site, site, WAIT } from '../support/wsgi-site.ts';

const MIB = 32;
const BLOCK = Uint8Array.from({ length: 65536 }, (_, at) => at % 256);
const CONTENT = Buffer.concat(new Array<Uint8Array>(MIB * 16).fill(BLOCK));
const DIGEST = createHash('sha256').update(CONTENT).digest('hex');

const FLASK = ['Flask', () => site({ python: PYTHON_WITH_PACKAGES, workers: 2 }, 'flask_site:app')] as const;
const SITES: readonly (readonly [string, () => Promise<Site>])[] = [
	['Django', () => djangoSite(PYTHON_WITH_PACKAGES)],
	FLASK,
	// Its sessions are in the memory of one process.
	['CherryPy', () => site({ python: PYTHON_WITH_PACKAGES }, 'cherrypy_site:app')],
	['Bottle', () => site({ python: PYTHON_WITH_PACKAGES, workers: 2 }, 'bottle_site:app')],
	['Pyramid', () => site({ python: PYTHON_WITH_PACKAGES, workers: 2 }, 'pyramid_site:app')],
];
const NEWEST = PYTHON_WITH_NEWEST === null ? [] : [PYTHON_WITH_NEWEST];
/** What needs no package but what Debian has. */
const SYSTEM: typeof SITES = [
	["Debian's Django", () => djangoSite(SYSTEM_PYTHON)],
	// Where there is a Python that is new enough.
	...NEWEST.map((python) => ['Django of today', () => djangoSite(python)] as const),
	['a raw callable', () => site({ workers: 2 }, 'raw_site:app')],
	['the same under wsgiref.validate', () => site({}, 'checked:validated')],
];
const VERSIONS = [
	['HTTP/1.1', '--http1.1'],
	['HTTP/2', '--http2-prior-knowledge'],
] as const;

withPackages.each(SITES)('%s', answersAsASite);
describe.each(SYSTEM)('%s', answersAsASite);
withPackages.each([
	['a raw callable under webtest.lint', () => site({ python: PYTHON_WITH_PACKAGES }, 'checked:linted()')] as const,
])('%s', answersAsASite);

function answersAsASite(name: string, serve: () => Promise<Site>): void {
	test.each(VERSIONS)(
		'over %s',
		async (_version, version) => {
			const at = await serve();
			const jar = join(folder({}), 'cookies');
			const curl = async (path: string, ...args: string[]) => {
				const common = ['--silent', '--show-error', '--max-time', '100', version, '--cookie', jar, '--cookie-jar', jar];
				const { stdout, stderr, bytes } = await command(
					'curl',
					[...common, '--write-out', '%{stderr}%{http_code}', ...args, at.url + path],
					CONTENT,
				);
				return { body: Buffer.from(bytes).toString('utf8'), bytes, status: Number(stderr), stdout };
			};
			expect(await curl('/hello/caf%C3%A9')).toMatchObject({ status: 200, body: 'Hello, caf\u00e9!' });
			expect((await curl('/hello/me', '--head')).body).toMatch(/content-type: text\/plain/i);
			for (const count of ['1', '2', '3']) expect((await curl('/count')).body).toBe(count);
			const form = await curl(name.includes('Django') ? '/posted' : '/form', '--data', 'name=caf%C3%A9&more=1+2%263');
			expect(form).toMatchObject({ status: 200, body: 'caf\u00e9|1 2&3' });
			const uploaded = await curl('/upload', '--form', 'file=@-;filename=numbers.bin');
			expect(uploaded.body).toBe(`numbers.bin ${CONTENT.length} ${DIGEST}`);
			for (const path of ['/download', '/file']) {
				const { bytes, status } = await curl(`${path}?mib=${MIB}`);
				expect(status).toBe(200);
				expect(createHash('sha256').update(bytes).digest('hex')).toBe(DIGEST);
			}
			const failed = await curl('/fail');
			expect(failed.status).toBe(500);
			expect(failed.body).not.toMatch(/secret|Traceback/);
			expect((await curl('/hello/again')).body).toBe('Hello, again!');
		},
		150_000,
	);
}

withPackages('Flask', () => {
	test('its log goes to wsgi.errors', async () => {
		const at = await FLASK[1]();
		await at.text('/fail');
		await vi.waitUntil(() => at.errors.some((line) => line.includes('a secret of the application')), WAIT);
	});
});
