/** spec/wsgi.md §1 and §5: the start, the life and the end of workers. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Misuse } from 'rsgi';
import { adapt } from 'rsgi/adapters';
import { gateway, withClose } from 'rsgi/gateway';
import { pair } from 'rsgi/memory';
import { PythonError, type WsgiOptions, wsgi } from 'rsgi/wsgi';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { command } from '../support/command.ts';
import { folder } from '../support/folder.ts';
import { RawClient } from '../support/raw-client.ts';
import { APPS, ended, lives, PYTHON, type Site, site, Told, WAIT } from '../support/wsgi-site.ts';

const QUIET: WsgiOptions = { python: PYTHON, chdir: APPS, workers: 1, threads: 1, log: () => {} };

/** The process that answers. */
async function pidOf({ text }: Site): Promise<number> {
	return Number.parseInt(await text('/pid'), 10);
}

/** A response that is not awaited yet. */
function asked({ url }: Site, path: string): Promise<Response> {
	return fetch(url + path);
}

/** An application in a folder of its own, whose files the test may change. */
function files(text: string): { chdir: string; change: (text: string) => void } {
	const chdir = folder({ 'site.py': '', 'mysite.py': text });
	return { chdir, change: (next) => writeFileSync(join(chdir, 'mysite.py'), next) };
}

function answering(text: string): string {
	return `def application(environ, start_response):
    start_response('200 OK', [('Content-Type', 'text/plain')])
    return [b'${text}']
`;
}

describe('WSGI-1: what makes no sense is refused', () => {
	test.each(['', 'a b', 'a:b:c', 'a:b(1)', ':b', null, 5])('the name %j', (name) => {
		expect(() => wsgi(name as string)).toThrow(/as 'mysite.wsgi:application', not .*\(WSGI-1\)/);
	});

	test.each([
		[{ workers: 0 }, 'workers of wsgi() is a whole number from 1, not 0'],
		[{ threads: 257 }, 'threads of wsgi() is a whole number from 1 to 256'],
		[{ timeout: -1 }, 'timeout of wsgi() is a number of milliseconds'],
		[{ python: '' }, 'python of wsgi() is a text'],
		[{ env: { A: 1 } }, 'env of wsgi() is an object with a text for each name'],
		[{ worker: 1 }, 'wsgi() has no option worker; there are: workers, '],
		[null, 'The options of wsgi() are an object'],
	])('the options %j', (options, message) => {
		expect(() => wsgi('a:b', options as WsgiOptions)).toThrow(message);
	});
});

describe('the start', () => {
	test('WSGI-2: a request before it is an error that says so', async () => {
		const faults: unknown[] = [];
		const app = adapt(wsgi('probe', QUIET), 'rich');
		pair(app, { method: 'GET', target: '/' }, { report: (error) => faults.push(error) });
		await vi.waitUntil(() => faults.length > 0, WAIT);
		expect(faults[0]).toBeInstanceOf(Misuse);
		expect(String(faults[0])).toContain('have not been started: serve() does it');
	});

	test('WSGI-2: started twice, the workers live until the second stop', async () => {
		const at = await site();
		await at.app.start?.();
		const pid = await pidOf(at);
		await at.app.stop?.();
		expect(await pidOf(at)).toBe(pid);
	});

	test.each([
		['probe', 'hello\n'],
		['probe:application', 'hello\n'],
		['probe:Holder.app', 'hello\n'],
		['probe:make()', 'hello\n'],
	])('WSGI-3: %s', async (name, text) => {
		expect(await (await site({}, name)).text('/')).toBe(text);
	});

	test('WSGI-3: from its folder, which is the working directory, with its environment', async () => {
		const { chdir } = files(`import os, sys
def application(environ, start_response):
    start_response('200 OK', [('Content-Type', 'text/plain')])
    return [f"{os.getcwd()} {sys.path[0]} {os.environ['MINE']} {os.environ.get('PATH_NOT')}".encode()]
`);
		const { text } = await site({ chdir, env: { MINE: 'yes', PATH_NOT: undefined } }, 'mysite');
		expect(await text('/')).toBe(`${chdir} ${chdir} yes None`);
	});

	test('WSGI-4: an exception of the module, with its traceback, from its first line on', async () => {
		const { chdir } = files('\n\nraise LookupError("no settings")\n');
		const failure = await Promise.resolve(wsgi('mysite', { ...QUIET, chdir, workers: 3 }).start?.()).catch(
			(error: unknown) => error,
		);
		expect(failure).toBeInstanceOf(PythonError);
		expect((failure as Error).stack).toBe(
			'PythonError: mysite cannot be loaded: LookupError: no settings\n' +
				`Traceback (most recent call last):\n  File "${chdir}/mysite.py", line 3, in <module>\n    raise LookupError("no settings")\nLookupError: no settings`,
		);
	});

	test('WSGI-4: no process is left behind when one of several fails', async () => {
		const told = new Told();
		const { chdir } = files(`import os
path = os.path.join(os.environ['TOLD'], 'pids')
open(path, 'a').write(f'{os.getpid()}\\n')
while open(path).read().count('\\n') < 3:
    pass
if open(path).read().startswith(f'{os.getpid()}\\n'):
    raise LookupError('the first fails')
${answering('ok')}`);
		const app = wsgi('mysite', { ...QUIET, chdir, workers: 3, env: { TOLD: told.folder } });
		await expect(app.start?.()).rejects.toThrow('the first fails');
		const pids = told.read('pids').trim().split('\n').map(Number);
		expect(pids).toHaveLength(3);
		expect(pids.filter(lives)).toEqual([]);
	});

	test('WSGI-4: loading that takes too long', async () => {
		const { chdir } = files('import time\ntime.sleep(60)\n');
		await expect(wsgi('mysite', { ...QUIET, chdir, startTimeout: 300 }).start?.()).rejects.toThrow(
			'mysite was not loaded within 0.3 s (startTimeout)',
		);
	});

	test('WSGI-4: a worker that is killed while it loads', async () => {
		const { chdir } = files('import os\nos.kill(os.getpid(), 9)\n');
		await expect(wsgi('mysite', { ...QUIET, chdir }).start?.()).rejects.toThrow(/was ended by SIGKILL while it loaded/);
	});
});

describe('WSGI-20: a worker that ends by itself', () => {
	test('its requests are 502, its response is cut, no other is touched, and it is replaced', async () => {
		const at = await site({ workers: 2, threads: 2 });
		// Two requests for each worker, held by the application.
		const held = Array.from({ length: 2 }, () => asked(at, '/waits'));
		await vi.waitUntil(() => at.told.read('waiting').trim().split('\n').length === 2, WAIT);
		const begun = new RawClient(at.port);
		await begun.send('GET /begun_waits HTTP/1.1\r\nHost: a\r\n\r\n');
		const victim = Number(await at.told.until('begun', /\n/));
		await vi.waitUntil(() => begun.received.includes('begun'), WAIT);
		const other = at.told
			.read('waiting')
			.trim()
			.split('\n')
			.map(Number)
			.filter((pid) => pid !== victim);
		expect(other).toHaveLength(1);
		process.kill(victim, 'SIGKILL');
		await begun.closed();
		expect(begun.received).toMatch(/^HTTP\/1.1 200 OK/);
		expect(begun.received).not.toContain('0\r\n\r\n');
		at.told.tell('go');
		const answers = await Promise.all(
			held.map(async (each) => [(await each).status, await (await each).text()] as const),
		);
		expect(answers.map(([status]) => status).sort()).toEqual([200, 502]);
		for (const [status, text] of answers) {
			if (status === 200) expect(text).toBe(String(other[0]));
			else expect(text).toBe('Bad Gateway: the process of the application ended\n');
		}
		await vi.waitUntil(
			() => at.lines.some((line) => /was ended by SIGKILL; it had 2 requests. It is replaced now/.test(line)),
			WAIT,
		);
		const pids = new Set<number>();
		await vi.waitUntil(async () => pids.add(await pidOf(at)).size >= 1 && !pids.has(victim), WAIT);
	});

	test('a crash by a request is a 502 for that one; the second time its successor waits', async () => {
		const at = await site({ threads: 1 });
		for (const when of ['now', 'in 0.1 s', 'in 0.2 s']) {
			expect((await asked(at, '/crash')).status).toBe(502);
			// Those that come meanwhile wait for the next worker.
			expect(await at.text('/')).toBe('hello\n');
			expect(at.lines.at(-1)).toContain(`It is replaced ${when}.`);
		}
	});

	test('a successor that cannot be loaded is tried again', async () => {
		const { chdir, change } = files(answering('first'));
		const at = await site({ chdir, threads: 1 }, 'mysite');
		change(`import os\n${answering('broken')}raise LookupError('broken')\n`);
		process.kill(await workerPid(), 'SIGKILL');
		const waiting = at.text('/');
		await vi.waitUntil(() => at.lines.filter((line) => line.includes('LookupError: broken')).length >= 2, WAIT);
		change(answering('mended'));
		expect(await waiting).toBe('mended');
	});
});

/** The one worker of this process: for an application that does not tell. */
async function workerPid(): Promise<number> {
	const { stdout } = await command('pgrep', ['-P', String(process.pid), '-f', 'start.py']);
	return Number(stdout.trim());
}

describe('WSGI-21: waiting', () => {
	test('requests go to the worker with the fewest, and wait when all threads are busy', async () => {
		const at = await site({ workers: 2, threads: 1 });
		const first = asked(at, '/waits?one');
		await at.told.until('waiting', /\n/);
		const second = asked(at, '/waits?two');
		await at.told.until('waiting', /\n\d+\n/);
		const [a, b] = at.told.read('waiting').trim().split('\n');
		expect(a).not.toBe(b);
		const third = at.text('/pid');
		at.told.tell('one');
		expect((await third).split(' ')[0]).toBe(a);
		at.told.tell('two');
		expect(await (await first).text()).toBe(a);
		expect(await (await second).text()).toBe(b);
	});

	test('those beyond the queue are 503, and so are those that waited too long', async () => {
		const at = await site({ threads: 1, queue: 1, queueTimeout: 200 });
		const held = asked(at, '/waits');
		await at.told.until('waiting');
		const queued = asked(at, '/');
		const refused = await Promise.race([queued, asked(at, '/'), asked(at, '/')]);
		expect(refused.status).toBe(503);
		expect(refused.headers.get('retry-after')).toBe('1');
		expect(await refused.text()).toMatch(/^Service Unavailable: (too many requests wait|no thread of)/);
		expect((await queued).status).toBe(503);
		expect(at.lines.filter((line) => line.includes('more are refused'))).toHaveLength(1);
		at.told.tell('go');
		expect((await held).status).toBe(200);
		expect(await at.text('/')).toBe('hello\n');
	});

	test('one whose client has gone is given to no worker', async () => {
		let closed = 0;
		const at = await site({ threads: 1 }, 'probe', (app) =>
			gateway(async (environ, startResponse) => {
				const body = await app(environ, startResponse);
				return withClose(body, async () => {
					await body.close?.();
					closed++;
				});
			}, app),
		);
		const held = asked(at, '/waits');
		await at.told.until('waiting', /\n/);
		const client = new RawClient(at.port);
		await client.send('GET /waits?never HTTP/1.1\r\nHost: a\r\n\r\n');
		client.destroy();
		await vi.waitUntil(() => closed === 1, WAIT);
		at.told.tell('go');
		expect((await held).status).toBe(200);
		expect(await at.text('/')).toBe('hello\n');
		expect(at.told.read('waiting').trim().split('\n')).toHaveLength(1);
	});
});

test('WSGI-22: a response that does not begin in time is a 504; its worker is replaced, and other requests of it go on', async () => {
	const at = await site({ threads: 2, timeout: 500, drainTimeout: 20_000 });
	const pid = await pidOf(at);
	const begun = asked(at, '/begun_waits');
	await at.told.until('begun', /\n/);
	const late = await asked(at, '/waits?never');
	expect(late.status).toBe(504);
	expect(await late.text()).toBe('Gateway Timeout: the application did not answer in time\n');
	await vi.waitUntil(async () => (await pidOf(at)) !== pid, WAIT);
	expect(lives(pid)).toBe(true);
	at.told.tell('go');
	expect(await (await begun).text()).toBe('begun done');
	at.told.tell('never');
	await ended(pid);
});

test('WSGI-22: an upload that takes longer than the timeout is none that hangs', async () => {
	const timeout = 3000;
	const at = await site({ threads: 1, timeout });
	const client = new RawClient(at.port);
	const size = 128 * 1024;
	client.send('POST /count HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n');
	let sent = 0;
	for (const began = performance.now(); performance.now() - began < 2.5 * timeout; sent += size) {
		client.send(`${size.toString(16)}\r\n${'x'.repeat(size)}\r\n`);
		await new Promise((resolve) => setTimeout(resolve, 100));
	}
	client.send('0\r\n\r\n');
	await vi.waitUntil(() => /\r\n\r\n.+$/.test(client.received), WAIT);
	expect(client.received).toMatch(new RegExp(`^HTTP/1.1 200 [^]*\\r\\n\\r\\n${sent}$`));
});

describe('WSGI-23: a worker is replaced', () => {
	test('after maxRequests, and no request is lost', async () => {
		const at = await site({ workers: 1, threads: 2, maxRequests: 5 });
		const pids = new Set<number>();
		await vi.waitUntil(async () => pids.add(await pidOf(at)).size > 2, WAIT);
		expect(pids).not.toContain(Number.NaN);
		expect(at.lines[0]).toMatch(/has had 5 requests \(maxRequests\), and is replaced/);
	});

	test('after SIGTERM, and its requests go on', async () => {
		const at = await site();
		const held = asked(at, '/waits');
		const pid = Number(await at.told.until('waiting', /\n/));
		process.kill(pid, 'SIGTERM');
		await vi.waitUntil(async () => (await pidOf(at)) !== pid, WAIT);
		at.told.tell('go');
		expect(await (await held).text()).toBe(String(pid));
		await ended(pid);
	});

	test('by reload(), with what has changed; not with what cannot be loaded', async () => {
		const { chdir, change } = files(answering('one'));
		const at = await site({ chdir, workers: 2 }, 'mysite');
		expect(await at.text('/')).toBe('one');
		change(answering('two'));
		await at.app.reload();
		for (let count = 0; count < 4; count++) expect(await at.text('/')).toBe('two');
		change('raise LookupError("three")\n');
		await expect(at.app.reload()).rejects.toThrow('LookupError: three');
		for (let count = 0; count < 4; count++) expect(await at.text('/')).toBe('two');
	});

	test('with watch, when a file has changed', async () => {
		const { chdir, change } = files(answering('one'));
		const at = await site({ chdir, watch: true }, 'mysite');
		expect(await at.text('/')).toBe('one');
		change(answering('two'));
		await vi.waitUntil(async () => (await at.text('/')) === 'two', WAIT);
		expect(at.lines[0]).toBe('mysite.py has changed: mysite is loaded again');
	});
});

describe('WSGI-24: the stop', () => {
	test('lets requests end', async () => {
		const at = await site();
		const held = asked(at, '/waits');
		const pid = Number(await at.told.until('waiting', /\n/));
		const stopped = at.server.close();
		at.told.tell('go');
		expect(await (await held).text()).toBe(String(pid));
		await stopped;
		expect(lives(pid)).toBe(false);
	});

	test('ends a worker whose request never ends, and kills one that does not end itself', async () => {
		const at = await site({ drainTimeout: 100, killTimeout: 300 });
		const pid = Number(await at.text('/deaf'));
		const held = asked(at, '/waits?never').catch(() => null);
		await at.told.until('waiting', /\n/);
		await at.server.close({ graceful: false });
		await held;
		expect(lives(pid)).toBe(false);
		expect(at.lines).toEqual([expect.stringMatching(/did not end within 0.3 s, and is killed/)]);
	});
});

const SERVER = fileURLToPath(new URL('../support/wsgi-server.ts', import.meta.url));
const FROM_SOURCE = fileURLToPath(new URL('../../scripts/from-source.ts', import.meta.url));

test.each(['SIGKILL', 'SIGTERM'] as const)(
	'WSGI-25: no worker outlives a server that is ended by %s',
	async (signal) => {
		const told = new Told();
		const child = spawn(process.execPath, ['--import', FROM_SOURCE, SERVER, APPS, told.folder], {
			stdio: ['ignore', 'pipe', 'inherit'],
		});
		onTestFinished(() => void child.kill('SIGKILL'));
		const [line] = (await once(child.stdout, 'data')) as [Buffer];
		const url = line.toString().trim();
		// One that is busy, and one that is idle.
		const held = fetch(`${url}/waits?never`).catch(() => null);
		const busy = Number(await told.until('waiting', /\n/));
		const idle = Number.parseInt(await (await fetch(`${url}/pid`)).text(), 10);
		expect(idle).not.toBe(busy);
		child.kill(signal);
		await once(child, 'exit');
		await Promise.all([busy, idle].map(ended));
		await held;
	},
);
