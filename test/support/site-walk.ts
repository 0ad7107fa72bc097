/** A person's walk through one of the sites in compat/sites, in Chromium. All have the same pages, so one walk fits all. */
import type { BrowserContext, Page } from 'playwright-core';
import { expect } from 'vitest';

/** What a person's browser calls itself: some frameworks send nothing piece by piece to one that says it is headless. */
export const PERSON =
	'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36';

/** A page of a site, with what has gone wrong in it so far. */
export interface Visit {
	readonly page: Page;
	readonly wrong: string[];
}

/** Opens a page of a site, and counts every error of script, console and network as wrong. */
export async function visit(context: BrowserContext, url: string): Promise<Visit> {
	const page = await context.newPage();
	const wrong: string[] = [];
	page.on('pageerror', (error) => wrong.push(error.message));
	page.on('console', (message) => {
		if (message.type() === 'error' || message.type() === 'warning') wrong.push(message.text());
	});
	page.on('response', (response) => {
		if (response.status() >= 400) wrong.push(`${response.status()} ${response.url()}`);
	});
	page.on('requestfailed', (request) => {
		// A navigation ends what is under way, prefetches above all; that is no fault.
		if (request.failure()?.errorText !== 'net::ERR_ABORTED')
			wrong.push(`${request.failure()?.errorText} ${request.url()}`);
	});
	await page.goto(url);
	return { page, wrong };
}

/** By which protocol the page came, as the browser tells. */
export async function protocolOf(page: Page): Promise<string> {
	return await page.evaluate<string>("performance.getEntriesByType('navigation')[0].nextHopProtocol");
}

/** The home page: its picture is there, its styles are, and its script has taken over. */
export async function seeHome({ page }: Visit): Promise<void> {
	await expect.poll(() => page.textContent('h1')).toBe('Home');
	expect(await page.evaluate("getComputedStyle(document.querySelector('#count')).color")).toBe('rgb(31, 111, 235)');
	await expect
		.poll(() =>
			page.evaluate("(({ complete, naturalWidth }) => complete && naturalWidth)(document.querySelector('img'))"),
		)
		.toBe(64);
	// A click before the script has come changes nothing: so until it does.
	await expect
		.poll(async () => {
			await page.click('#count');
			return await page.textContent('#count');
		})
		.not.toBe('count is 0');
}

/** Follows a link of the page's own navigation, which must not load the document anew. */
export async function follow({ page }: Visit, name: string): Promise<void> {
	await page.evaluate('window.stays = true');
	await page.click(`nav a:text-is("${name}")`);
	await expect.poll(() => page.textContent('h1')).toBe(name);
	expect(await page.evaluate('window.stays')).toBe(true);
}

/** Writes a note, which comes back in the list that the server keeps. */
export async function addNote({ page }: Visit, text: string): Promise<void> {
	await page.fill('input[name="text"]', text);
	await page.click('button:text-is("Add")');
	await expect.poll(() => page.locator('#notes li').allTextContents()).toContain(text);
}

/** Looks at the slow page, whose second half comes when the gate is opened, and not before. */
export async function seeSlow({ page }: Visit, url: string): Promise<void> {
	await page.goto(`${url}/slow`, { waitUntil: 'commit' });
	await expect.poll(() => page.textContent('main')).toContain('waiting');
	expect(await page.textContent('main')).not.toContain('The gate is open.');
	expect(await page.evaluate("fetch('/api/release', { method: 'POST' }).then(({ status }) => status)")).toBe(204);
	await expect.poll(() => page.textContent('main')).toContain('The gate is open.');
}
