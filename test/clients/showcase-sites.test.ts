/** The pages of the showcase's sites in Chromium: chats behind sessions, RPC, and the journey of a placeholder. */
import type { Page } from 'playwright-core';
import { describe, expect, test } from 'vitest';
import { browser } from '../support/browser.ts';
import { type Showcase, showcase } from '../support/showcase.ts';

/** Where to put pictures of the pages, for people to look at; nowhere by default. */
const PICTURES = process.env.PICTURES;

async function enter(page: Page, at: string, site: string, name: string): Promise<void> {
	await page.goto(`${at}/chat?site=${site}`);
	await page.fill('#name', name);
	await page.click('#login button >> nth=0');
}

describe.each(['hono', 'express'])('a chat behind the session of %s', (site) => {
	test.each([
		{ name: 'HTTP/2', secure: true },
		{ name: 'HTTP/1.1', secure: false },
	])('in two windows, over $name', async ({ name, secure }) => {
		const at = await showcase();
		const origin = secure ? at.tls : at.plain;
		const pages: Page[] = [];
		for (const who of ['Ann', 'Bob']) {
			const page = await (await browser({ tls: at.tls, scheme: who === 'Ann' ? 'light' : 'dark' })).newPage();
			if (who === 'Ann') {
				await page.goto(`${origin}/chat?site=${site}`);
				await page.click('#without');
				await expect.poll(() => page.textContent('#state')).toContain('answers 401');
			}
			await enter(page, origin, site, who);
			await expect.poll(() => page.textContent('#state')).toContain(`You are ${who}: a WebSocket over ${name}`);
			pages.push(page);
		}
		const [ann, bob] = pages as [Page, Page];
		await ann.fill('#text', 'hello ☺');
		await ann.press('#text', 'Enter');
		for (const page of pages) await expect.poll(() => page.textContent('#messages')).toContain('Ann hello ☺');
		await bob.fill('#text', 'and back');
		await bob.press('#text', 'Enter');
		await expect.poll(() => ann.textContent('#messages')).toContain('Bob and back');
		if (PICTURES !== undefined && secure) await ann.screenshot({ path: `${PICTURES}/chat-${site}.png` });
		await bob.close();
		await expect.poll(() => ann.textContent('#messages')).toContain('Bob has left');
	});
});

const CASES = [
	{ site: 'hono', what: 'report', says: 'By ESC-10 (a) the origin runs', got: '200' },
	{ site: 'hono', what: 'rejected', says: 'No placeholder came to the origin', got: '401' },
	{ site: 'hono', what: 'cache', says: 'By ESC-12 the origin answers 500', got: '500' },
	{ site: 'hono', what: 'layout', says: 'the origin sends it as it came', got: '200' },
	{ site: 'hono', what: 'late-check', says: 'By ESC-13 the origin strips it', got: '403' },
	{ site: 'hono', what: 'forged', says: 'By ESC-12 the origin answers 500', got: '500' },
	{ site: 'express', what: 'report', says: 'By ESC-10 (a) the origin runs', got: '200' },
	{ site: 'express', what: 'rejected', says: 'No placeholder came to the origin', got: '401' },
	{ site: 'express', what: 'forged', says: 'By ESC-12 the origin answers 500', got: '500' },
];

test.each(['light', 'dark'] as const)('JRN-2, JRN-4: every journey is drawn from its record (%s)', async (scheme) => {
	const at: Showcase = await showcase({ leaks: true });
	const page = await (await browser({ tls: at.tls, scheme })).newPage();
	const wrong: string[] = [];
	page.on('pageerror', (error) => wrong.push(error.message));
	await page.goto(`${at.tls}/journey`);
	for (const { site, what, says, got } of CASES) {
		await page.selectOption('#site', site);
		await page.selectOption('#case', what);
		await page.click('#choose button');
		await expect.poll(() => page.textContent('#verdict'), { message: `${site} ${what}` }).toContain(says);
		expect(await page.textContent('#verdict')).toContain(got);
		const drawn = (await page.textContent('.drawing svg')) ?? '';
		expect(drawn).toContain('session');
		expect(drawn).toContain(site === 'hono' ? 'fetch layer' : 'node layer');
		expect(drawn.includes('handler')).toBe(what !== 'rejected' && what !== 'cache');
		expect(await page.content()).not.toMatch(/rsgi-escape-[0-9a-f]{2}/);
		if (PICTURES !== undefined)
			await page.screenshot({ path: `${PICTURES}/journey-${site}-${what}-${scheme}.png`, fullPage: true });
		await page.evaluate("document.getElementById('verdict').textContent = ''");
	}
	expect(wrong).toEqual([]);
});

test('the greeter is called from the browser', async () => {
	const at = await showcase();
	const page = await (await browser({ tls: at.tls })).newPage();
	await page.goto(`${at.tls}/rpc`);
	await page.click('#call button');
	await expect.poll(() => page.textContent('#answer')).toBe('Hello, Ann');
	if (PICTURES !== undefined) await page.screenshot({ path: `${PICTURES}/rpc.png` });
});

test('RICH-13: Early Hints from behind the session of Hono are acted on', async () => {
	const at = await showcase();
	const page = await (await browser({ tls: at.tls })).newPage();
	expect((await page.goto(`${at.tls}/hono/slow`))?.status()).toBe(401);
	await enter(page, at.tls, 'hono', 'Ann');
	await expect.poll(() => page.textContent('#state')).toContain('You are Ann');
	await page.goto(`${at.tls}/hono/slow`);
	expect(await page.textContent('#server')).toContain('before the server had made this page');
});

test.each(['chat?site=hono', 'rpc', 'journey'])('%s is no wider than a small window', async (path) => {
	const at = await showcase();
	const page = await (await browser({ width: 390, scheme: 'dark' })).newPage();
	await page.goto(`${at.plain}/${path}`);
	if (path === 'journey') {
		await page.click('#choose button');
		await expect.poll(() => page.textContent('#verdict')).toContain('ESC-10');
	}
	expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(390);
	if (PICTURES !== undefined) await page.screenshot({ path: `${PICTURES}/small-${path.slice(0, 4)}.png` });
});
