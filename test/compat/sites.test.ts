/** The sites of compat/sites as their frameworks have built them, served by `rsgi serve` as docs/frameworks.md says. */
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { browser } from '../support/browser.ts';
import { command } from '../support/command.ts';
import { compatInstalled } from '../support/compat-package.ts';
import { SITES, wordsOf } from '../support/framework-commands.ts';
import { Running } from '../support/running.ts';
import { addNote, follow, PERSON, protocolOf, seeHome, seeSlow, visit } from '../support/site-walk.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
describe.each(SITES)('$folder: $run', (site) => {
	const there = compatInstalled(`compat/${site.folder}/${site.built}`, 'node compat/sites/build.ts');

	/** The site behind TLS or not, for the test that calls. */
	async function served(...args: string[]): Promise<{ url: string; run: Running }> {
		const { args: words, env } = wordsOf(site);
		const running = new Running('src/cli/main.ts', [...words, '--port', '0', ...args], {
			cwd: `${ROOT}compat/${site.folder}`,
			// SvelteKit takes every request to be for https, unless a field that it is told of says otherwise.
			env: { NODE_ENV: 'production', NEXT_TELEMETRY_DISABLED: '1', PROTOCOL_HEADER: 'x-forwarded-proto', ...env },
		});
		const [, url = ''] = await running.prints(/^Listening on (\S+)$/m);
		return { url, run: running };
	}

	test.skipIf(!there).each([
		{ name: 'HTTP/2', protocol: 'h2', args: ['--tls'], proto: 'https' },
		{ name: 'HTTP/1.1', protocol: 'http/1.1', args: [], proto: 'http' },
	])('in Chromium, over $name', { timeout: 60_000 }, async ({ protocol, args, proto }) => {
		const { url, run } = await served(...args);
		const context = await browser({ agent: PERSON, ...(proto === 'https' ? { tls: url } : {}) });
		if (site.folder.endsWith('sveltekit')) await context.setExtraHTTPHeaders({ 'x-forwarded-proto': proto });
		const visited = await visit(context, `${url}/`);
		expect(await protocolOf(visited.page)).toBe(protocol);
		await seeHome(visited);
		await follow(visited, 'Notes');
		await addNote(visited, 'from the browser');
		await follow(visited, 'Home');
		await seeHome(visited);
		await seeSlow(visited, url);
		expect(visited.wrong).toEqual([]);
		await context.close();
		run.signal('SIGTERM');
		expect(await run.ended).toMatchObject({ code: 0, stderr: expect.not.stringContaining('failed') });
	});

	test.skipIf(!there).each([
		['HTTP/2', '--http2-prior-knowledge'],
		['HTTP/1.1', '--http1.1'],
	])('by curl, over %s', async (_name, version) => {
		const { url } = await served();
		const curl = async (...args: string[]): Promise<string> => {
			const { code, stdout, stderr } = await command('curl', ['-s', version, ...args]);
			expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
			return stdout;
		};
		// Content of a request, larger than what fits in one read, and two cookies that are not joined.
		const sent = ['--data-binary', '@-', '-H', 'content-type: application/octet-stream'];
		const { stdout } = await command('curl', ['-si', version, ...sent, `${url}/api/echo`], 'x'.repeat(300_000));
		expect(stdout).toMatch(/^set-cookie: a=1[;\r]/im);
		expect(stdout).toMatch(/^set-cookie: b=2[;\r]/im);
		expect(stdout).toMatch(/"type":"application\/octet-stream","length":300000\}$/);

		const picture = await curl('-i', `${url}/picture.svg`);
		expect(picture).toMatch(/^HTTP\/\S+ 200/);
		expect(picture).toMatch(/^content-type: image\/svg\+xml/im);
		const tag = /^etag: (.+)\r$/im.exec(picture)?.[1] ?? '';
		expect(await curl('-i', '-H', `if-none-match: ${tag}`, `${url}/picture.svg`)).toMatch(/^HTTP\/\S+ 304/);

		expect(await curl('-I', `${url}/notes`)).toMatch(/^HTTP\/\S+ 200/);
		expect(await curl('-o', '/dev/null', '-w', '%{http_code}', `${url}/no-such-page`)).toBe('404');
	});
});
