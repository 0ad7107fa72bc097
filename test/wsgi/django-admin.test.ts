/** Django's admin in Chromium, over HTTP/2 with TLS and over HTTP/1.1. */
import { serve } from 'rsgi';
import { adapt } from 'rsgi/adapters';
import { expect, onTestFinished, test } from 'vitest';
import { SYSTEM_PYTHON } from '../../scripts/pythons.ts';
import { browser } from '../support/browser.ts';
import { ADMIN, djangoSite } from '../support/django-site.ts';
import { PYTHON_WITH_NEWEST, PYTHON_WITH_PACKAGES, withPackages } from '../support/python-packages.ts';
import { testCertificate } from '../support/served.ts';

const SITES: readonly (readonly [version: string, django: string, python: string])[] = [
	['HTTP/2', 'Django 5.2', PYTHON_WITH_PACKAGES],
	['HTTP/1.1', 'Django 5.2', PYTHON_WITH_PACKAGES],
	['HTTP/1.1', "Debian's Django", SYSTEM_PYTHON],
	...(PYTHON_WITH_NEWEST === null ? [] : [['HTTP/2', 'the Django of today', PYTHON_WITH_NEWEST] as const]),
];

withPackages('the admin of Django in Chromium', () => {
	test.each(SITES)(
		'log in, add, search, over %s, %s',
		async (version, _django, python) => {
			const at = await djangoSite(python);
			// Beside the plain port, one with TLS, by which browsers speak HTTP/2.
			const secure = await serve(adapt(at.app, 'rich'), { tls: await testCertificate(), log: () => {} });
			onTestFinished(() => secure.close({ graceful: false }));
			const origin = version === 'HTTP/2' ? secure.url : at.url;
			const context = await browser({ tls: secure.url });
			const page = await context.newPage();
			const wrong: string[] = [];
			page.on('response', (response) => {
				if (response.status() >= 400) wrong.push(`${response.status()} ${response.url()}`);
			});
			await page.goto(`${origin}/admin/`);
			await page.fill('#id_username', ADMIN.name);
			await page.fill('#id_password', ADMIN.password);
			await page.click('[type=submit]');
			await page.click('text=Books');
			for (const [title, author] of [
				['Caf\u00e9 stories', 'Ann'],
				['Mountains', 'Bob'],
			] as const) {
				await page.click('.addlink >> nth=-1');
				await page.fill('#id_title', title);
				await page.fill('#id_author', author);
				await page.click('[name=_save]');
				await page.waitForSelector('.messagelist .success');
			}
			await page.fill('#searchbar', 'caf\u00e9');
			await page.click('#changelist-search [type=submit]');
			await page.waitForURL(/q=caf/);
			expect(await page.locator('#result_list tbody tr').allTextContents()).toEqual(['Caf\u00e9 storiesAnn']);
			// The style sheets came, too.
			expect(await page.evaluate('getComputedStyle(document.querySelector("#header")).display')).toBe('flex');
			expect(wrong).toEqual([]);
			expect(await page.evaluate('performance.getEntriesByType("navigation")[0].nextHopProtocol')).toBe(
				version === 'HTTP/2' ? 'h2' : 'http/1.1',
			);
		},
		150_000,
	);
});
