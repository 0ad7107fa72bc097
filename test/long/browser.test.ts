/** The showcase in Chromium at length: every demonstration, over and over, in several tabs at once. */
import { expect, test } from 'vitest';
import { browser, press } from '../support/browser.ts';
import { record } from '../support/record.ts';
import { showcase } from '../support/showcase.ts';

const ROUNDS = 8;
const TABS = 3;

const DEMONSTRATIONS: readonly (readonly [section: string, action: string, says: RegExp])[] = [
	['upload', 'upload', /2097152 bytes in all/],
	['trailers', 'fetch', /line 5/],
	['push', 'ask', /takes no pushes/],
	['events', 'listen', /^event 7/m],
	['priorities', 'race', /the server took it for 1\./],
	['range', 'fetch', /^206 · Content-Range: bytes 1230-1249/],
	['abort', 'server', /The server broke off/],
	['abort', 'client', /CANCEL|connection was lost/],
];

test.each(['https', 'http'])(`${ROUNDS} rounds of every demonstration in ${TABS} tabs, over %s`, async (scheme) => {
	const at = await showcase();
	const context = await browser({ tls: at.tls });
	const began = performance.now();
	const wrong: string[] = [];
	await Promise.all(
		Array.from({ length: TABS }, async () => {
			const page = await context.newPage();
			page.on('pageerror', (error) => wrong.push(error.message));
			for (let round = 0; round < ROUNDS; round++) {
				await page.goto(`${scheme === 'https' ? at.tls : at.plain}/`);
				await expect.poll(() => page.locator('.command').count(), { timeout: 20_000 }).toBeGreaterThan(10);
				for (const [section, action, says] of DEMONSTRATIONS) {
					expect(await press(page, section, action), `${section} in round ${round}`).toMatch(says);
				}
			}
		}),
	);
	expect(wrong).toEqual([]);
	const seconds = ((performance.now() - began) / 1000).toFixed(0);
	record(`Chromium over ${scheme}`, `${ROUNDS * TABS * DEMONSTRATIONS.length} demonstrations in ${seconds} s`);
	at.run.signal('SIGTERM');
	expect(await at.run.ended).toMatchObject({ code: 0, stderr: '' });
});
