/** `rsgi serve --inspect`: the live page, in Chromium and by what a stranger may ask of it. */

import { writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { connect } from 'node:http2';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { type Figures, figuresOf, RecentExchanges } from '../../src/cli/inspect/recent-exchanges.ts';
import { browser } from '../support/browser.ts';
import { folder } from '../support/folder.ts';
import { Running } from '../support/running.ts';

/** Where to put a picture of the page, for people to look at; nowhere by default. */
const PICTURES = process.env.PICTURES;

const SITE = `import { rich, utf8 } from 'rsgi';
import { fetchToRich } from 'rsgi/adapters';
import { escape } from 'rsgi/escape';
import { fetch } from 'rsgi/fetch';
const report = rich((exchange) => {
	exchange.respond(200, ['content-type', 'text/csv']);
	exchange.end(utf8('a,b'), exchange.trailers ? ['x-rows', '1'] : []);
});
const stays = rich((exchange) => exchange.respond(200));
export default fetchToRich(fetch((request) => {
	const { pathname } = new URL(request.url);
	if (pathname === '/report') return escape(request, report);
	if (pathname === '/stays') return escape(request, stays);
	return new Response('hello');
}));`;

async function inspected(...more: string[]): Promise<{ run: Running; url: string; page: string; cwd: string }> {
	const cwd = folder({ 'app.ts': SITE });
	const run = new Running('src/cli/main.ts', ['serve', 'app.ts', '--port', '0', '--inspect', '0', ...more], { cwd });
	const [, page = ''] = await run.prints(/the inspector is at (http:\/\/127\.0\.0\.1:\d+)$/m);
	const [, url = ''] = await run.prints(/^Listening on (\S+)$/m);
	return { run, url, page, cwd };
}

/** The status for a request by this Host. */
function statusFor(url: string, host: string, method = 'GET'): Promise<number | undefined> {
	return new Promise((resolve, reject) => {
		request(url, { method, headers: { host } }, (response) => {
			response.resume();
			resolve(response.statusCode);
		})
			.on('error', reject)
			.end();
	});
}

describe('rsgi serve --inspect', () => {
	test('shows connections with their streams, figures, and the way of the last exchanges', async () => {
		const { run, url, page } = await inspected();
		const session = connect(url);
		onTestFinished(() => session.destroy());
		const open = session.request({ ':path': '/stays?secret=1' });
		await new Promise((resolve) => open.once('response', resolve));
		const tab = await (await browser({ scheme: 'dark' })).newPage();
		const wrong: string[] = [];
		tab.on('pageerror', (error) => wrong.push(String(error)));
		tab.on('console', (message) => message.type() === 'error' && wrong.push(message.text()));
		await tab.goto(page);
		await expect.poll(() => tab.textContent('#link')).toBe('live');
		await expect
			.poll(() => tab.textContent('#rows'))
			.toContain('1: GET /stays?secret=1 (responding, may send 64.0 KiB)');
		expect(await tab.textContent('#rows')).toContain('HTTP/2');
		expect(await (await fetch(`${url}/report`)).text()).toBe('a,b');
		await expect.poll(() => tab.textContent('#journeys')).toContain('GET /report');
		await tab.click('#journeys summary');
		await expect.poll(() => tab.textContent('#journeys')).toContain('the fetch layer begins');
		const steps = (await tab.textContent('#journeys')) ?? '';
		expect(steps).toContain('(ESC-10 (a))');
		expect(steps).toContain('with trailer fields x-rows');
		expect(steps).not.toMatch(/rsgi-escape-[0-9a-f]/);
		await expect.poll(() => tab.textContent('#statuses')).toContain('2xx 1');
		if (PICTURES !== undefined) await tab.screenshot({ path: `${PICTURES}/inspector.png`, fullPage: true });
		expect(wrong).toEqual([]);
		session.destroy();
		run.signal('SIGTERM');
		expect((await run.ended).code).toBe(0);
		await expect.poll(() => tab.textContent('#link')).toBe('the server is not there');
	});

	test('with workers: those of all, through the process above them, and through a change of all', async () => {
		const { run, url, page } = await inspected('--workers', '2');
		const sessions = [connect(url), connect(url)];
		onTestFinished(() => {
			for (const session of sessions) session.destroy();
		});
		const tab = await (await browser({ scheme: 'dark' })).newPage();
		await tab.goto(page);
		await expect.poll(() => tab.textContent('#memory')).toContain('2 workers');
		for (const session of sessions) {
			const open = session.request({ ':path': '/stays' });
			await new Promise((resolve) => open.once('response', resolve));
		}
		await expect.poll(() => tab.textContent('#connections')).toBe('2');
		const rows = (await tab.textContent('#rows')) ?? '';
		expect(
			rows
				.match(/[12]\.\d+127\.0\.0\.1/g)
				?.map((found) => found[0])
				.sort(),
		).toEqual(['1', '2']);
		await fetch(`${url}/report`);
		await expect.poll(() => tab.textContent('#journeys')).toContain('GET /report');
		run.signal('SIGHUP');
		await run.prints(/has been loaded again/);
		await fetch(`${url}/after`);
		await expect.poll(() => tab.textContent('#journeys')).toContain('GET /after');
		expect((await tab.textContent('#journeys'))?.match(/GET \/report/g)).toHaveLength(1);
		expect(await tab.textContent('#link')).toBe('live');
	});

	test('with --watch: the page stays while the application is loaded again', async () => {
		const { run, url, page, cwd } = await inspected('--watch');
		const tab = await (await browser({ scheme: 'dark' })).newPage();
		await tab.goto(page);
		await fetch(`${url}/before`);
		await expect.poll(() => tab.textContent('#journeys')).toContain('GET /before');
		writeFileSync(join(cwd, 'app.ts'), SITE.replace('hello', 'changed'));
		await run.prints(/has been loaded again/);
		await expect.poll(async () => (await fetch(`${url}/again`)).text()).toBe('changed');
		await expect.poll(() => tab.textContent('#journeys')).toContain('GET /again');
		expect(await tab.textContent('#link')).toBe('live');
	});

	test('is for this machine: another name is refused, and so is what no page of it asks for', async () => {
		const { page } = await inspected();
		const { port } = new URL(page);
		expect(await statusFor(page, `127.0.0.1:${port}`)).toBe(200);
		expect(await statusFor(page, `localhost:${port}`)).toBe(200);
		for (const host of ['rebound.example', `rebound.example:${port}`, '127.0.0.1.example', '[::2]']) {
			expect(await statusFor(`${page}/events`, host), host).toBe(403);
		}
		expect(await statusFor(`${page}/inspector.ts`, 'localhost')).toBe(404);
		expect(await statusFor(`${page}/%2e%2e/app.ts`, 'localhost')).toBe(404);
		expect(await statusFor(page, 'localhost', 'POST')).toBe(405);
	});

	test.each([
		[['--inspect', 'x'], /--inspect is a port, or host:port .* not 'x'/],
		[['--inspect', '70000'], /--inspect is a port/],
	])('%j makes no sense', async (args, says) => {
		const cwd = folder({ 'app.ts': SITE });
		const { code, stderr } = await new Running('src/cli/main.ts', ['serve', 'app.ts', ...args], { cwd }).ended;
		expect(code).toBe(2);
		expect(stderr).toMatch(says);
	});
});

describe('figures of the last exchanges', () => {
	const figures = (recent: RecentExchanges, now: number): Figures => figuresOf([recent.samples(now)]);

	test('are of whole seconds, and forget', () => {
		const recent = new RecentExchanges();
		for (let at = 0; at < 10; at++) recent.ended(1000 + at * 100, '2xx', at);
		recent.ended(1500, 'none', null);
		expect(figures(recent, 1999).rate).toBe(0);
		expect(figures(recent, 2000)).toEqual({
			rate: 11 / 5,
			statuses: { '2xx': 10, none: 1 },
			latency: { median: 5, p95: 9, p99: 9 },
			total: 11,
		});
		expect(figures(recent, 60_000)).toEqual({ rate: 0, statuses: {}, latency: null, total: 11 });
	});

	test('of several processes weigh each by what it did', () => {
		const busy = new RecentExchanges();
		for (let at = 0; at < 1900; at++) busy.ended(1000, '2xx', 1 + at / 1900);
		const slow = new RecentExchanges();
		for (let at = 0; at < 100; at++) slow.ended(1000, '5xx', 100);
		const { latency, statuses, total } = figuresOf([busy.samples(2000), slow.samples(2000)]);
		expect([statuses, total]).toEqual([{ '2xx': 1900, '5xx': 100 }, 2000]);
		expect(latency?.median).toBeCloseTo(2000 / 2 / 1900 + 1, 2);
		expect(latency?.p99).toBe(100);
	});
});
