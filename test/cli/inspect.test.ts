/** `rsgi serve --inspect`: the live page, in Chromium and by what a stranger may ask of it. */
import { request } from 'node:http';
import { connect } from 'node:http2';
import { describe, expect, onTestFinished, test } from 'vitest';
import { RecentExchanges } from '../../src/cli/inspect/recent-exchanges.ts';
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

async function inspected(): Promise<{ run: Running; url: string; page: string }> {
	const cwd = folder({ 'app.ts': SITE });
	const run = new Running('src/cli/main.ts', ['serve', 'app.ts', '--port', '0', '--inspect', '0'], { cwd });
	const [, page = ''] = await run.prints(/the inspector is at (http:\/\/127\.0\.0\.1:\d+)$/m);
	const [, url = ''] = await run.prints(/^Listening on (\S+)$/m);
	return { run, url, page };
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
		[['--inspect', '0', '--workers', '2'], /leave out --workers and --watch/],
	])('%j makes no sense', async (args, says) => {
		const cwd = folder({ 'app.ts': SITE });
		const { code, stderr } = await new Running('src/cli/main.ts', ['serve', 'app.ts', ...args], { cwd }).ended;
		expect(code).toBe(2);
		expect(stderr).toMatch(says);
	});
});

describe('figures of the last exchanges', () => {
	test('are of whole seconds, and forget', () => {
		const recent = new RecentExchanges();
		for (let at = 0; at < 10; at++) recent.ended(1000 + at * 100, '2xx', at);
		recent.ended(1500, 'none', null);
		expect(recent.figures(1999).rate).toBe(0);
		expect(recent.figures(2000)).toEqual({
			rate: 11 / 5,
			statuses: { '2xx': 10, none: 1 },
			latency: { median: 5, p95: 9, p99: 9 },
			total: 11,
		});
		expect(recent.figures(60_000)).toEqual({ rate: 0, statuses: {}, latency: null, total: 11 });
	});
});
