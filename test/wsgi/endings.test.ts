/** spec/wsgi.md §5, the hard ends: workers that are stopped or deaf, servers that are killed, and what is left after many ends: nothing. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { BackOff } from '../../src/wsgi/back-off.ts';
import { folder } from '../support/folder.ts';
import { ended, lives, PYTHON, type Site, site, Told, WAIT } from '../support/wsgi-site.ts';

const pidOf = async ({ text }: Site): Promise<number> => Number.parseInt(await text('/pid'), 10);

/** An application that tells its process, and what it does while it is imported. */
function telling(first: string): string {
	const chdir = folder({
		'site.py': '',
		'mysite.py': `import os, signal, time
open(os.path.join(os.environ['TOLD'], 'pids'), 'a').write(f'{os.getpid()}\\n')
${first}
def application(environ, start_response):
    start_response('200 OK', [('Content-Type', 'text/plain')])
    return [str(os.getpid()).encode()]
`,
	});
	return chdir;
}

test('WSGI-20: how long a successor waits: none, 100 ms, twice as long each time, up to 10 s; and none again after 30 s of life', () => {
	const backOff = new BackOff();
	const waits = Array.from({ length: 10 }, () => backOff.wait(0));
	expect(waits).toEqual([0, 100, 200, 400, 800, 1600, 3200, 6400, 10_000, 10_000]);
	expect(backOff.wait(29_999)).toBe(10_000);
	expect([backOff.wait(30_000), backOff.wait(0)]).toEqual([0, 100]);
});

test.each([
	[0, 5],
	[0.5, 15],
	[0.999, 25],
])('WSGI-23: maxRequests with jitter: by chance %d a worker is replaced after %i', async (chance, most) => {
	const random = vi.spyOn(Math, 'random').mockReturnValue(chance);
	onTestFinished(() => random.mockRestore());
	const at = await site({ workers: 1, threads: 1, maxRequests: 5, maxRequestsJitter: 20 });
	const first = await pidOf(at);
	for (let count = 2; count < most; count++) expect(await pidOf(at)).toBe(first);
	await pidOf(at);
	await vi.waitUntil(async () => (await pidOf(at)) !== first, WAIT);
	expect(at.lines[0]).toContain(`has had ${most} requests (maxRequests)`);
});

describe('WSGI-24: a worker that does not end when it is told to is killed in time', () => {
	test('one that is stopped (SIGSTOP)', async () => {
		const at = await site({ workers: 1, drainTimeout: 200, killTimeout: 200 });
		const pid = await pidOf(at);
		process.kill(pid, 'SIGSTOP');
		await at.server.close();
		expect(lives(pid)).toBe(false);
		expect(at.lines).toEqual([expect.stringMatching(/did not end within 0.2 s, and is killed/)]);
	});

	test('one that ignores SIGTERM, whose every end is held up', async () => {
		const chdir = telling(`import atexit
signal.signal = lambda *_: None
atexit.register(lambda: time.sleep(60))`);
		const at = await site({ chdir, workers: 1, killTimeout: 200 }, 'mysite');
		const pid = Number(await at.text('/'));
		process.kill(pid, 'SIGTERM');
		expect(Number(await at.text('/'))).toBe(pid);
		await at.server.close();
		expect(lives(pid)).toBe(false);
		expect(at.lines).toContainEqual(expect.stringMatching(/is killed/));
	});

	test('at a reload, too, while others answer', async () => {
		const at = await site({ workers: 1, drainTimeout: 200, killTimeout: 200 });
		const pid = await pidOf(at);
		process.kill(pid, 'SIGSTOP');
		await at.app.reload();
		expect(await pidOf(at)).not.toBe(pid);
		await ended(pid);
	});
});

/** `rsgi serve`, in a process group of its own, as a service manager starts it. */
function service(chdir: string, told: Told): ChildProcess {
	const path = (name: string): string => fileURLToPath(new URL(`../../${name}`, import.meta.url));
	const child = spawn(
		process.execPath,
		[
			...[
				'--import',
				path('scripts/from-source.ts'),
				path('src/cli/main.ts'),
				'serve',
				'--wsgi',
				'mysite',
				'--port',
				'0',
			],
			...['--python', PYTHON, '--chdir', chdir, '--env', `TOLD=${told.folder}`],
		],
		{ stdio: ['ignore', 'pipe', 'pipe'], detached: true },
	);
	onTestFinished(() => void child.kill('SIGKILL'));
	return child;
}

describe('WSGI-25: no worker outlives its server', () => {
	test('that is killed while they load', async () => {
		const told = new Told();
		const child = service(telling('time.sleep(60)'), told);
		const pids = (await told.until('pids', /\n\d+\n/)).trim().split('\n').map(Number);
		child.kill('SIGKILL');
		await Promise.all(pids.map(ended));
	});

	test('that is killed, though they are deaf', async () => {
		const told = new Told();
		const child = service(telling('import atexit\natexit.register(lambda: time.sleep(60))'), told);
		await once(child.stdout as NonNullable<typeof child.stdout>, 'data');
		const pids = told.read('pids').trim().split('\n').map(Number);
		expect(pids.filter(lives)).toHaveLength(2);
		child.kill('SIGKILL');
		await Promise.all(pids.map(ended));
	});

	test('that is stopped together with them, as by a service manager', async () => {
		const told = new Told();
		const child = service(telling(''), told);
		await once(child.stdout as NonNullable<typeof child.stdout>, 'data');
		process.kill(-(child.pid as number), 'SIGTERM');
		const [code] = (await once(child, 'exit')) as [number];
		expect(code).toBe(0);
		// Those that had been told to end, and any that had been begun in their place.
		await Promise.all(told.read('pids').trim().split('\n').map(Number).map(ended));
	});
});

/** How many descriptors this process has open. */
function held(): number {
	return readdirSync('/proc/self/fd').length;
}

describe('nothing is left', () => {
	test('WSGI-23: after 100 reloads', async () => {
		const at = await site({ chdir: telling(''), workers: 1, threads: 2 }, 'mysite');
		const settled = async (): Promise<number> => {
			// Those that were replaced have ended: of the application's processes one is left.
			await vi.waitUntil(() => at.told.read('pids').trim().split('\n').map(Number).filter(lives).length === 1, WAIT);
			return held();
		};
		for (let time = 0; time < 3; time++) await at.app.reload();
		const before = await settled();
		for (let time = 0; time < 100; time++) await at.app.reload();
		await vi.waitUntil(async () => (await settled()) <= before, WAIT);
		expect(at.told.read('pids').trim().split('\n')).toHaveLength(104);
		expect(await at.text('/')).toMatch(/^\d+$/);
	}, 300_000);

	test('WSGI-20: after crashes, and after reloads that failed', async () => {
		const at = await site({ workers: 1, threads: 1 });
		expect((await fetch(`${at.url}/crash`)).status).toBe(502);
		const pid = await pidOf(at);
		const before = held();
		for (let time = 0; time < 4; time++) expect((await fetch(`${at.url}/crash`)).status).toBe(502);
		expect(await pidOf(at)).not.toBe(pid);
		await vi.waitUntil(() => held() <= before, WAIT);
		const broken = { chdir: telling('raise LookupError("never")'), workers: 2 };
		await expect(site(broken, 'mysite')).rejects.toThrow('LookupError: never');
		await vi.waitUntil(() => held() <= before, WAIT);
	});
});
