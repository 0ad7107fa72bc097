/** examples/python/chat.py, by the command of its README, in Chromium: over HTTP/1.1, and over HTTP/2 with TLS. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { browser } from '../support/browser.ts';
import { PYTHON_WITH_PACKAGES, withPackages } from '../support/python-packages.ts';
import { Running } from '../support/running.ts';

const COMMAND = 'serve --wsgi chat:app --chdir examples/python --tls';

test.each(['examples/README.md', 'examples/python/chat.py', 'docs/wsgi.md'])('%s has the command', (path) => {
	const text = readFileSync(fileURLToPath(new URL(`../../${path}`, import.meta.url)), 'utf8');
	expect(text).toContain(COMMAND);
});

withPackages('the chat', () => {
	test.each(['HTTP/1.1', 'HTTP/2'])(
		'in two tabs, over %s',
		async (version) => {
			const words = COMMAND.split(' ').filter((word) => version === 'HTTP/2' || word !== '--tls');
			const run = new Running('src/cli/main.ts', [...words, '--port', '0', '--python', PYTHON_WITH_PACKAGES]);
			const [, url = ''] = await run.prints(/^Listening on (\S+)$/m);
			const context = await browser(version === 'HTTP/2' ? { tls: url } : {});
			const open = async () => {
				const page = await context.newPage();
				await page.goto(url);
				return page;
			};
			const one = await open();
			await one.fill('[name=user]', 'Ann <b>');
			await one.click('button');
			await one.waitForSelector('li >> text=Ann <b> is here');
			const other = await open();
			await other.fill('#text', 'hello');
			await other.click('button');
			for (const page of [one, other]) await page.waitForSelector('li >> text=Ann <b>: hello');
			await other.close();
			await one.waitForSelector('li >> text=Ann <b> has left');
			const protocol = await one.evaluate('performance.getEntriesByType("navigation")[0].nextHopProtocol');
			expect(protocol).toBe(version === 'HTTP/2' ? 'h2' : 'http/1.1');
			// A worker that is replaced closes its sockets, and the page connects again.
			run.signal('SIGHUP');
			await run.prints(/the application has been loaded again/);
			await one.waitForFunction('lines.children.length >= 5');
			await one.fill('#text', 'again');
			await one.click('button');
			await one.waitForSelector('li >> text=Ann <b>: again');
			run.signal('SIGTERM');
			expect((await run.ended).code).toBe(0);
		},
		150_000,
	);
});
