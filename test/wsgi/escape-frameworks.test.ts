/** Escapes through the middleware of Django and the sessions of Flask, by clients that others wrote, and by Chromium. */
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { SYSTEM_PYTHON } from '../../scripts/pythons.ts';
import { browser } from '../support/browser.ts';
import { command, succeed } from '../support/command.ts';
import { djangoSite } from '../support/django-site.ts';
import { PYTHON_WITH_PACKAGES, withPackages } from '../support/python-packages.ts';
import { type Site, site } from '../support/wsgi-site.ts';

const HANDSHAKE = [
	...['-si', '--http1.1', '--max-time', '1', '-H', 'Connection: Upgrade', '-H', 'Upgrade: websocket'],
	...['-H', 'Sec-WebSocket-Version: 13', '-H', 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=='],
];
/** By Python's websockets: sends a message, and prints the answer. */
const CLIENT = `
import asyncio, sys, websockets
async def main():
    async with websockets.connect(sys.argv[1]) as socket:
        await socket.send('hello')
        print(await asyncio.wait_for(socket.recv(), 10))
asyncio.run(main())
`;

const H2_CLIENT = fileURLToPath(new URL('../support/h2-client.py', import.meta.url));

/** The same over HTTP/2, by hyper-h2. */
async function overH2({ port }: Site, path: string): Promise<unknown> {
	return JSON.parse(await succeed(SYSTEM_PYTHON, [H2_CLIENT, 'websocket', '127.0.0.1', String(port), path]));
}

withPackages('WSGI-30: through middleware', () => {
	test('of Django', async () => {
		const at = await djangoSite(PYTHON_WITH_PACKAGES);
		const socket = await command('curl', [...HANDSHAKE, '-H', 'Accept-Encoding: gzip', `${at.url}/escaped?to=socket`]);
		expect(socket.stdout).toMatch(/^HTTP\/1.1 101/);
		expect(socket.stdout).toMatch(/set-cookie: sessionid=/i);
		expect(socket.stdout).toMatch(/x-frame-options: DENY/i);
		expect(socket.stdout).not.toContain('vnd.rsgi');
		const trailers = await command('curl', [
			'-si',
			'--raw',
			'--http1.1',
			'--compressed',
			`${at.url}/escaped?to=trailers`,
		]);
		expect(trailers.stdout).toMatch(/set-cookie: sessionid=/i);
		expect(trailers.stdout).toMatch(/content\r\n0\r\nx-count: 1\r\n\r\n$/);
		expect((await fetch(`${at.url}/escaped?to=socket&no`)).status).toBe(401);
		const talked = await command(SYSTEM_PYTHON, ['-c', CLIENT, `${at.url.replace('http', 'ws')}/escaped?to=socket`]);
		expect(talked.stdout).toBe('echo hello\n');
		expect(await overH2(at, '/escaped?to=socket')).toEqual({
			...{ 'extended connect': 1, status: '200', messages: ['echo hello'] },
			fields: expect.arrayContaining([':status', 'referrer-policy', 'set-cookie', 'vary', 'x-frame-options']),
		});
		expect(await overH2(at, '/escaped?to=socket&no')).toMatchObject({ status: '401', messages: [] });
	}, 60_000);

	test('of Flask, a chat in two tabs of Chromium', async () => {
		const at = await site({ python: PYTHON_WITH_PACKAGES, workers: 2 }, 'flask_site:app');
		const socket = await command('curl', [...HANDSHAKE, `${at.url}/chat/socket`]);
		expect(socket.stdout).toMatch(/^HTTP\/1.1 101/);
		expect(socket.stdout).toMatch(/set-cookie: session=/i);
		expect(await overH2(at, '/chat/socket?user=eve')).toMatchObject({ status: '200', messages: ['eve: hello'] });
		expect((await command('curl', [...HANDSHAKE, `${at.url}/chat/socket?no`])).stdout).toMatch(/^HTTP\/1.1 401/);
		const context = await browser();
		const tabs = await Promise.all(
			['ann', 'bob'].map(async (user) => {
				const page = await context.newPage();
				await page.goto(`${at.url}/chat?user=${user}`);
				await page.waitForSelector('[data-open=yes]');
				return page;
			}),
		);
		for (const page of tabs) {
			await page.fill('#say', 'hello');
			await page.click('button');
		}
		for (const page of tabs) {
			await page.waitForSelector('li >> text=ann: hello');
			await page.waitForSelector('li >> text=bob: hello');
		}
	}, 60_000);
});
