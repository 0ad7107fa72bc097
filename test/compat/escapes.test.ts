/** The escape from inside real frameworks, through the middleware that their users have, over sockets and on several hosts. */
import { fileURLToPath } from 'node:url';
import { describe, expect, onTestFinished, test } from 'vitest';
import WebSocket from 'ws';
import { browser } from '../support/browser.ts';
import { compatInstalled } from '../support/compat-package.ts';
import { expectGeneratedPart } from '../support/generated-part.ts';
import { served, servedTls } from '../support/served.ts';
import { authorizations } from './escapes/hono-site.ts';
import { HOSTS } from './escapes/hosts.ts';
import { expectMarked, FEATURES, overHttp1, overHttp2, USER } from './escapes/probes.ts';
import type { Escaping, TargetOf } from './escapes/site.ts';
import { SITES } from './escapes/sites.ts';
import { hintedPage, RPC, TARGETS } from './escapes/targets.ts';

const there = compatInstalled();

const PAGE = fileURLToPath(new URL('../../docs/escapes.md', import.meta.url));
const BEGIN = '<!-- made by test/compat/escapes.test.ts: npx vitest run test/compat/escapes.test.ts -u -->\n';
const END = '<!-- end -->\n';

const targetOf: TargetOf = (path) =>
	path.startsWith('/test.Echo/') ? RPC : (TARGETS[path.replace('/mounted', '').slice('/to/'.length)] ?? null);
const asIs: Escaping = (run) => run();

/** What each host gave, by site: a cell for each feature; null where the site is not served so. */
const cells = new Map<string, Map<string, readonly string[] | null>>();

/** What a site puts in `x-site`. */
const markOf = (name: string): string => (name === 'itty-router' ? 'itty' : name.toLowerCase());

const site = (name: string, escaping = asIs, targets = targetOf) =>
	(SITES[name] as (typeof SITES)[string]).make(targets, escaping);

describe.skipIf(!there).each(Object.keys(HOSTS))('on %s', (hostName) => {
	const host = HOSTS[hostName] as (typeof HOSTS)[string];
	const rows = new Map<string, readonly string[] | null>();
	cells.set(hostName, rows);

	test.each(Object.keys(SITES))('%s escapes, and who is not let in gets nothing', async (name) => {
		const faults: string[] = [];
		const made = await site(name, (run) => {
			try {
				return run();
			} catch (error) {
				faults.push(String(error));
				throw error;
			}
		});
		const place = await host.start(made);
		if (place === null) {
			rows.set(name, null);
			return;
		}
		const page = await overHttp1(place.h1, '/page', USER);
		expect([page.status, page.text]).toEqual([200, '<p>page</p>']);
		for (const target of Object.keys(TARGETS)) {
			const response = await overHttp1(place.h1, `/to/${target}`, {});
			expect([response.status, response.text]).toEqual([401, 'log in']);
		}
		const row: string[] = [];
		for (const feature of FEATURES) row.push(await feature.ask(place, markOf(name)));
		rows.set(name, row);
		// Where there is no escape, that is what the log says, each time.
		if (hostName === 'The framework’s own server') {
			expect(faults.length).toBeGreaterThan(3);
			for (const fault of faults) expect(fault).toContain('ESC-51');
		} else {
			expect(faults).toEqual([]);
		}
	});
});

describe.skipIf(!there).each(Object.keys(SITES))('from %s', (name) => {
	test('conditional requests and ranges are not for placeholders', async () => {
		const { url } = await served((await site(name)).app);
		for (const fields of [{ 'if-none-match': 'W/"x"' }, { range: 'bytes=0-3' }]) {
			const told = await overHttp2(url, '/to/trailers', { ...USER, ...fields });
			expect([told.status, told.text]).toEqual([200, 'counted']);
		}
		const any = await overHttp2(url, '/to/trailers', { ...USER, 'if-none-match': '*' });
		expect(`${any.status} ${any.text}`).toMatch(/^(?:200 counted|304 )$/);
		expect(any.fields.etag).toBe(undefined);
		const head = await overHttp2(url, '/to/trailers', { ...USER, ':method': 'HEAD' });
		expect([head.status, head.text]).toEqual([200, '']);
		expectMarked(head.fields, markOf(name));
	});

	test('Chromium: a WebSocket that is a stream of HTTP/2, and Early Hints that it acts on', async () => {
		const hinted = hintedPage();
		const { url } = await servedTls((await site(name, asIs, (path) => hinted[path] ?? targetOf(path))).app);
		const context = await browser({ tls: url });
		await context.addCookies([{ name: 'user', value: 'ann', url }]);
		let page = await context.newPage();
		// Chromium passes over the hints of some navigations, whose page then never comes.
		let tries = 0;
		const arrives = async (): Promise<boolean> => {
			page = await context.newPage();
			// Of another URL each time, since Chromium asks for the same one once.
			return await page.goto(`${url}/to/hinted?${tries}`, { timeout: 2000 }).then(
				() => true,
				() => false,
			);
		};
		while (!(await arrives())) expect(++tries).toBeLessThan(10);
		expect(await page.textContent('p')).toBe('hinted');
		const timing = () =>
			performance.getEntriesByType('navigation' as never)[0] as unknown as { nextHopProtocol: string };
		expect((await page.evaluate(timing)).nextHopProtocol).toBe('h2');
		const said = await page.evaluate(
			(at) =>
				new Promise((resolve) => {
					const socket = new globalThis.WebSocket(at);
					socket.onerror = () => resolve('error');
					socket.onopen = () => socket.send('hello');
					socket.onmessage = ({ data }) => {
						resolve(data);
						socket.close();
					};
				}),
			`${url.replace('http', 'ws')}/to/socket`,
		);
		expect(said).toBe('CONNECT websocket of HTTP/2: hello');
		await context.clearCookies();
		expect((await page.goto(`${url}/to/hinted`))?.status()).toBe(401);
	});
});

describe.skipIf(!there)('from Hono', () => {
	test('each of its ways to be let in opens the WebSocket, and a wrong one does not; so it does below mount()', async () => {
		const { url } = await served((await site('Hono')).app);
		const attempt = (headers: Record<string, string>, path = '/to/socket'): Promise<unknown> => {
			const socket = new WebSocket(`${url.replace('http', 'ws')}${path}`, { headers });
			onTestFinished(() => socket.terminate());
			return new Promise((resolve) => {
				socket.on('open', () => resolve('open'));
				socket.on('error', (error) => resolve(error.message));
			});
		};
		for (const authorization of await authorizations()) {
			expect(await attempt({ authorization })).toBe('open');
			expect(await attempt({ authorization: `${authorization}x` })).toContain('401');
		}
		expect(await attempt(USER, '/mounted/to/socket')).toBe('open');
	});
});

test.skipIf(!there)('docs/escapes.md has the table of what was asked here', async () => {
	await expectGeneratedPart(PAGE, BEGIN, END, table());
});

function table(): string {
	let text = '| site | its middleware |\n| --- | --- |\n';
	for (const [name, { middleware }] of Object.entries(SITES)) text += `| ${name} | ${middleware} |\n`;
	for (const [name, { about }] of Object.entries(HOSTS)) {
		text += `\n### ${name}\n\n${about}\n\n| site | ${FEATURES.map(({ title }) => title).join(' | ')} |\n`;
		text += `| --- |${' --- |'.repeat(FEATURES.length)}\n`;
		for (const [of, row] of cells.get(name) ?? []) if (row !== null) text += `| ${of} | ${row.join(' | ')} |\n`;
	}
	return text;
}
