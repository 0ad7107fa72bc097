/** Chromium, driven by Playwright, and the buttons of the showcase's page. */
import { createHash, type X509Certificate } from 'node:crypto';
import { connect } from 'node:tls';
import { type BrowserContext, chromium, type Page } from 'playwright-core';
import { expect, onTestFinished } from 'vitest';
import { folder } from './folder.ts';

const CHROMIUM = process.env.CHROMIUM ?? '/usr/bin/chromium';
const QUIET = [
	...['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-sync'],
	...['--disable-background-networking', '--disable-component-update'],
];

/** The SHA-256 of a server's public key, for Chromium to trust this one and no other. */
async function keyOf(url: string): Promise<string> {
	const socket = connect({ port: Number(new URL(url).port), host: '127.0.0.1', rejectUnauthorized: false });
	await new Promise((resolve) => socket.once('secureConnect', resolve));
	const certificate = socket.getPeerX509Certificate() as X509Certificate;
	socket.destroy();
	return createHash('sha256')
		.update(certificate.publicKey.export({ type: 'spki', format: 'der' }))
		.digest('base64');
}

/** Starts a browser that ends with the test; `tls` is the origin whose certificate it shall trust, `agent` what it calls itself. */
export async function browser(
	options: { tls?: string; width?: number; scheme?: 'light' | 'dark'; agent?: string } = {},
): Promise<BrowserContext> {
	const trusted =
		options.tls === undefined ? [] : [`--ignore-certificate-errors-spki-list=${await keyOf(options.tls)}`];
	const context = await chromium.launchPersistentContext(folder(), {
		executablePath: CHROMIUM,
		headless: true,
		args: [...QUIET, ...trusted],
		viewport: { width: options.width ?? 1280, height: 900 },
		colorScheme: options.scheme ?? 'light',
		...(options.agent === undefined ? {} : { userAgent: options.agent }),
	});
	onTestFinished(() => context.close());
	return context;
}

/** Presses a button and gives what its section says when the demonstration is over. */
export async function press(page: Page, section: string, action: string): Promise<string> {
	const button = page.locator(`#${section} [data-do="${action}"]`);
	await button.click();
	await expect.poll(() => button.isEnabled(), { timeout: 20_000 }).toBe(true);
	const output = page.locator(`#${section} [data-output]`);
	const said = (await output.textContent()) ?? '';
	expect(said).not.toContain('did not work');
	return said;
}
