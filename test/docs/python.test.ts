/** The blocks of Python in docs/wsgi.md: each names its file, is run as it stands, and does what the page says. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { websocket } from 'rsgi/websocket';
import type { WsgiOptions } from 'rsgi/wsgi';
import { expect, onTestFinished, test } from 'vitest';
import { WebSocket } from 'ws';
import { command } from '../support/command.ts';
import { folder } from '../support/folder.ts';
import { overHttp2 } from '../support/http2-bridge.ts';
import { PYTHON_WITH_PACKAGES, withPackages } from '../support/python-packages.ts';
import { type Site, site } from '../support/wsgi-site.ts';

const PAGE = fileURLToPath(new URL('../../docs/wsgi.md', import.meta.url));
const BLOCKS = [...readFileSync(PAGE, 'utf8').matchAll(/^```python\n([\s\S]*?)^```$/gm)].map(([, code = '']) => code);
const FILES = Object.fromEntries(BLOCKS.map((code) => [/^# (\w+\.py), /.exec(code)?.[1] ?? 'without a name', code]));

/** What a site needs beside the views that the page shows. */
const DJANGO = `from django.conf import settings
settings.configure(SECRET_KEY='x', ROOT_URLCONF='mysite', ALLOWED_HOSTS=['*'], MIDDLEWARE=['django.middleware.common.CommonMiddleware'])
from django.core.wsgi import get_wsgi_application
from django.urls import path
import views
urlpatterns = [path('echo', views.echo)]
application = get_wsgi_application()
`;
/** Who is logged in, by what the page calls somebody else's business. */
const LOGGED_IN = `from chat import app
from flask import session
@app.get('/in')
def enter():
    session['user'] = 'ann'
    return 'ann'
`;

const served = (name: string, options: WsgiOptions = {}): Promise<Site> =>
	site({ chdir: folder({ ...FILES, 'mysite.py': DJANGO, 'entered.py': LOGGED_IN }), ...options }, name);

/** Sends a message, and gives what comes back. */
async function answered(url: string, message: string, headers: Record<string, string> = {}): Promise<string> {
	const socket = new WebSocket(url.replace('http', 'ws'), url.endsWith('/chat') ? ['chat'] : [], { headers });
	onTestFinished(() => socket.terminate());
	return await new Promise((resolve, reject) => {
		socket.on('open', () => socket.send(message));
		socket.on('message', (data) => resolve(`${socket.protocol}|${data}`));
		socket.on('error', reject);
	});
}

test('each block names its file, and each is run here', () => {
	expect(Object.keys(FILES).sort()).toEqual(['chat.py', 'report.py', 'rooms.py', 'views.py']);
	expect(BLOCKS).toHaveLength(4);
});

test('report.py', async () => {
	const at = await served('report:report');
	const { stdout } = await command('curl', ['-s', '--raw', '--http1.1', at.url]);
	expect(stdout).toMatch(/one line\n\r\n0\r\nx-lines: 1\r\n\r\n$/);
});

withPackages('with Flask and Django', () => {
	const python = PYTHON_WITH_PACKAGES;

	test('chat.py', async () => {
		const at = await served('entered:app', { python });
		for (const url of [at.url, await overHttp2(at.url)]) {
			await expect(answered(`${url}/chat`, 'hello')).rejects.toThrow('401');
			const cookie = (await fetch(`${at.url}/in`)).headers.get('set-cookie')?.split(';')[0] ?? '';
			expect(await answered(`${url}/chat`, 'hello', { cookie })).toBe('chat|hello');
		}
	});

	test('views.py', async () => {
		const at = await served('mysite', { python });
		for (const url of [at.url, await overHttp2(at.url)]) expect(await answered(`${url}/echo`, 'hello')).toBe('|hello');
	});

	test('rooms.py', async () => {
		const chat = (data: unknown) =>
			websocket({ message: (socket, message) => void socket.send(`${JSON.stringify(data)}: ${message}`) });
		const at = await served('rooms:app', { python, remotes: { chat } });
		for (const url of [at.url, await overHttp2(at.url)]) {
			expect(await answered(`${url}/room?user=ann`, 'hello')).toBe('|{"user":"ann"}: hello');
		}
	});
});
