/** The showcase in Chromium: every demonstration of the page, over HTTP/2 and over HTTP/1.1. */
import type { Page } from 'playwright-core';
import { describe, expect, test } from 'vitest';
import { browser, press } from '../support/browser.ts';
import { type Showcase, showcase } from '../support/showcase.ts';

describe.each([
	{ name: 'HTTP/2', version: '2', secure: true },
	{ name: 'HTTP/1.1', version: '1.1', secure: false },
])('the page of the showcase over $name', ({ version, secure }) => {
	/** The page in a browser, with what went wrong in it. */
	async function open(): Promise<{ page: Page; at: Showcase; origin: string; wrong: string[]; elsewhere: string[] }> {
		const at = await showcase();
		const context = await browser({ tls: at.tls });
		const page = await context.newPage();
		const wrong: string[] = [];
		const elsewhere: string[] = [];
		const origin = secure ? at.tls : at.plain;
		page.on('pageerror', (error) => wrong.push(error.message));
		page.on('console', (message) => {
			if (message.type() === 'error') wrong.push(message.text());
		});
		page.on('request', (request) => {
			if (new URL(request.url()).origin !== origin) elsewhere.push(request.url());
		});
		await page.goto(`${origin}/`);
		await expect.poll(() => page.textContent('#version')).toContain(`by HTTP/${version}, at ${origin}`);
		return { page, at, origin, wrong, elsewhere };
	}

	test('it says by which protocol it came, shows the connection, and a command for each feature', async () => {
		const { page, at, wrong, elsewhere } = await open();
		await expect.poll(() => page.textContent('#connection dl')).toContain(`HTTP/${version}`);
		const facts = await page.textContent('#connection dl');
		expect(facts).toContain(secure ? 'ALPN h2' : 'TLSnone');
		const link = page.locator('#version a');
		expect(await link.count()).toBe(secure ? 0 : 1);
		if (!secure) expect(await link.getAttribute('href')).toBe(`${at.tls}/`);
		const sections = await page.locator('main > section').count();
		expect(sections).toBe(13);
		expect(await page.locator('main > section:has(.command)').count()).toBe(sections);
		expect(wrong).toEqual([]);
		expect(elsewhere).toEqual([]);
	});

	test('every demonstration works', async () => {
		const { page, at, elsewhere } = await open();
		const upload = await press(page, 'upload', 'upload');
		expect(upload).toContain('2097152 bytes in all');
		if (secure) expect(Number(/under way: (\d+)/.exec(upload)?.[1])).toBeGreaterThan(2);
		else expect(upload).toContain('in one piece');
		for (const bar of ['[data-sent]', '[data-seen]']) {
			expect(await page.locator(`#upload ${bar}`).getAttribute('value')).toBe('100');
		}

		expect(await press(page, 'trailers', 'fetch')).toMatch(
			/line 5[\s\S]*trailer field content-digest[\s\S]*sha-256=:.{44}:/,
		);
		expect(await press(page, 'push', 'ask')).toContain('takes no pushes');

		const events = await press(page, 'events', 'listen');
		expect([...events.matchAll(/^event (\d)/gm)].map(([, id]) => id)).toEqual(['1', '2', '3', '4', '5', '6', '7']);
		expect(events).toContain('the browser is back');

		const race = await press(page, 'priorities', 'race');
		expect(race).toContain('the server took it for 1.');
		expect(race).toContain(secure ? 'asked for second and done first' : 'each has a connection of its own');

		expect(await press(page, 'range', 'fetch')).toMatch(
			/^206 · Content-Range: bytes 1230-1249\/10000[\s\S]*line 0123\nline 0124$/,
		);
		expect(await press(page, 'abort', 'server')).toMatch(/line 3[\s\S]*The server broke off, and the browser knows it/);
		expect(await press(page, 'abort', 'client')).toContain(secure ? 'with code 8 (CANCEL)' : 'the connection was lost');
		expect(elsewhere).toEqual([]);

		at.run.signal('SIGTERM');
		expect(await at.run.ended).toMatchObject({ code: 0, stderr: '' });
	});

	test('RICH-13: an early hint is acted on over HTTP/2, and the page can tell', async () => {
		const { page } = await open();
		await page.click('#early-hints a.button');
		await expect.poll(() => page.textContent('#browser')).not.toBe('');
		const server = await page.textContent('#server');
		const said = await page.textContent('#browser');
		if (secure) {
			expect(Number(/(\d+) ms before the server had made/.exec(server ?? '')?.[1])).toBeGreaterThan(100);
			expect(said).toContain('because of the early hint');
		} else {
			expect(server).toContain('does not act on Early Hints');
		}
		await page.click('text=Back to the showcase');
		await expect.poll(() => page.textContent('#early-hints [data-output]')).toContain('The slow page said');
	});
});

test('a failure is shown in its section', async () => {
	const at = await showcase();
	const page = await (await browser()).newPage();
	await page.goto(`${at.plain}/`);
	await expect.poll(() => page.locator('.command').count()).toBeGreaterThan(10);
	at.run.signal('SIGKILL');
	await at.run.ended;
	for (const [section, action] of [
		['trailers', 'fetch'],
		['upload', 'upload'],
		['range', 'fetch'],
		['abort', 'client'],
	] as const) {
		await page.click(`#${section} [data-do="${action}"]`);
		const output = page.locator(`#${section} [data-output]`);
		await expect.poll(() => output.textContent()).toContain('This did not work');
		expect(await output.getAttribute('class')).toBe('wrong');
	}
});

test('a copied command is the command', async () => {
	const at = await showcase();
	const context = await browser();
	const page = await context.newPage();
	await context.grantPermissions(['clipboard-read', 'clipboard-write'], { origin: at.plain });
	await page.goto(`${at.plain}/`);
	const command = page.locator('#trailers .command').first();
	await command.locator('button').click();
	await expect.poll(() => command.locator('button').textContent()).toBe('Copied');
	expect(await page.evaluate('navigator.clipboard.readText()')).toBe(`curl -si ${at.plain}/trailers`);
});

test.each([
	{ width: 390, scheme: 'light' as const },
	{ width: 390, scheme: 'dark' as const },
	{ width: 1280, scheme: 'dark' as const },
])('nothing is wider than a window of $width pixels, and text is legible ($scheme)', async ({ width, scheme }) => {
	const at = await showcase();
	const page = await (await browser({ width, scheme })).newPage();
	await page.goto(`${at.plain}/`);
	await expect.poll(() => page.locator('.command').count()).toBeGreaterThan(10);
	expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(width);
	// Contrast of text and ground (WCAG 2.1, 1.4.3), as luminances of the colours that the page computes.
	const contrast = await page.evaluate(CONTRAST);
	for (const [what, ratio] of Object.entries(contrast as Record<string, number>))
		expect(ratio, what).toBeGreaterThan(4.5);
});

const CONTRAST = `(() => {
	const canvas = new OffscreenCanvas(1, 1).getContext('2d', { willReadFrequently: true });
	const luminance = (colour) => {
		canvas.clearRect(0, 0, 1, 1);
		canvas.fillStyle = colour;
		canvas.fillRect(0, 0, 1, 1);
		const [r, g, b] = [...canvas.getImageData(0, 0, 1, 1).data].slice(0, 3).map((level) => {
			const part = level / 255;
			return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
		});
		return 0.2126 * r + 0.7152 * g + 0.0722 * b;
	};
	const ratio = (selector, ground) => {
		const [a, b] = [
			luminance(getComputedStyle(document.querySelector(selector)).color),
			luminance(getComputedStyle(document.querySelector(ground)).backgroundColor),
		].sort((x, y) => y - x);
		return (a + 0.05) / (b + 0.05);
	};
	return {
		text: ratio('h2', 'section'),
		soft: ratio('section > p', 'section'),
		button: ratio('.demo button', '.demo button'),
		command: ratio('.command pre', '.command pre'),
		link: ratio('nav a', 'body'),
		banner: ratio('#version', '#version'),
	};
})()`;
