/** `rsgi serve --wsgi`. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { readCommandLine } from '../../src/cli/command-line.ts';
import { succeed } from '../support/command.ts';
import { folder } from '../support/folder.ts';
import { overHttp2 } from '../support/http2-bridge.ts';
import { Running } from '../support/running.ts';
import { ended, PYTHON, WAIT } from '../support/wsgi-site.ts';

const APP = `import os
def application(environ, start_response):
    if environ['PATH_INFO'] == '/log':
        environ['wsgi.errors'].write('a line for the operator\\n')
    start_response('200 OK', [('Content-Type', 'text/plain')])
    return [f"one {os.environ.get('MINE')} {os.getpid()}".encode()]
`;

async function served(...args: string[]): Promise<{ run: Running; url: string; chdir: string }> {
	const chdir = folder({ 'mysite.py': APP });
	const run = new Running('src/cli/main.ts', [
		...['serve', '--wsgi', 'mysite:application', '--port', '0', '--python', PYTHON, '--chdir', chdir],
		...args,
	]);
	const [, url = ''] = await run.prints(/^Listening on (\S+)$/m);
	return { run, url, chdir };
}

async function text(url: string): Promise<string> {
	return await (await fetch(url)).text();
}

describe('rsgi serve --wsgi', () => {
	test('serves, with an environment, tells wsgi.errors, and stops', async () => {
		const { run, url } = await served('--env', 'MINE=yes=no', '--wsgi-workers', '1', '--wsgi-threads', '1');
		const [, mine, pid] = (await text(`${url}/log`)).split(' ');
		expect(mine).toBe('yes=no');
		await run.prints(/^rsgi: a line for the operator$/m);
		run.signal('SIGTERM');
		expect((await run.ended).code).toBe(0);
		await ended(Number(pid));
	});

	test('WSGI-23: SIGHUP loads the application again', async () => {
		const { run, url, chdir } = await served();
		expect(await text(url)).toMatch(/^one/);
		writeFileSync(join(chdir, 'mysite.py'), APP.replace('one', 'two'));
		run.signal('SIGHUP');
		await run.prints(/the application has been loaded again/);
		expect(await text(url)).toMatch(/^two/);
		writeFileSync(join(chdir, 'mysite.py'), 'raise LookupError("no more")');
		run.signal('SIGHUP');
		await run.prints(/the workers stay as they were:\n[\s\S]*LookupError: no more/);
		expect(await text(url)).toMatch(/^two/);
	});

	test('WSGI-23: --watch', async () => {
		const { run, url, chdir } = await served('--watch');
		writeFileSync(join(chdir, 'mysite.py'), APP.replace('one', 'two'));
		await run.prints(/mysite\.py has changed: mysite:application is loaded again/);
		await vi.waitUntil(async () => (await text(url)).startsWith('two'), WAIT);
	});

	test('WSGI-4: an application that cannot be loaded ends it, with the traceback', async () => {
		const chdir = folder({ 'mysite.py': 'import nothing_there\n' });
		const run = new Running('src/cli/main.ts', ['serve', '--wsgi', 'mysite', '--python', PYTHON, '--chdir', chdir]);
		const { code, stderr, stdout } = await run.ended;
		expect(code).toBe(1);
		expect(stdout).toBe('');
		expect(stderr).toMatch(
			/^rsgi: the application failed to start:\n\nPythonError: mysite cannot be loaded: ModuleNotFoundError/,
		);
		expect(stderr).toContain('mysite.py", line 1, in <module>\n    import nothing_there\n');
	});
});

test('WSGI-40: --remote, a function of the data and an application with hooks, over both versions', async () => {
	const chdir = folder({
		'mysite.py': `import rsgi
def application(environ, start_response):
    name, _, user = environ['PATH_INFO'][1:].partition('/')
    return rsgi.upgrade(environ, rsgi.remote(name, {'user': user} if user else None))(environ, start_response)
`,
		'chat.ts': `import { websocket } from 'rsgi/websocket';
export default (data: { user: string }) =>
	websocket({ message: (socket, message) => void socket.send(data.user + ': ' + message) });
`,
		'clock.ts': `import { rich, utf8 } from 'rsgi';
let hours = 0;
export default rich((exchange) => { exchange.respond(200); exchange.end(utf8('the clock goes since ' + hours)); }, {
	start: () => { hours = 12; console.error('the clock starts'); },
	stop: () => console.error('the clock stops'),
});
`,
	});
	const run = new Running('src/cli/main.ts', [
		...['serve', '--wsgi', 'mysite', '--port', '0', '--python', PYTHON, '--chdir', chdir],
		...['--remote', `chat=${chdir}/chat.ts`, '--remote', `clock=${chdir}/clock.ts`],
	]);
	const [, url = ''] = await run.prints(/^Listening on (\S+)$/m);
	await run.prints(/^the clock starts$/m);
	for (const version of ['--http1.1', '--http2-prior-knowledge']) {
		expect(await succeed('curl', ['-sS', version, `${url}/clock`])).toBe('the clock goes since 12');
	}
	for (const at of [url, await overHttp2(url)]) {
		const socket = new WebSocket(`${at.replace('http', 'ws')}/chat/ann`);
		onTestFinished(() => socket.close());
		const said = await new Promise((resolve, reject) => {
			socket.onopen = () => socket.send('hello');
			socket.onmessage = ({ data }) => resolve(data);
			socket.onerror = reject;
		});
		expect(said).toBe('ann: hello');
	}
	run.signal('SIGTERM');
	expect(await run.ended).toMatchObject({ code: 0, stderr: expect.stringContaining('the clock stops') });
});

test('WSGI-40: --remote of a file that exports something else', async () => {
	const chdir = folder({ 'mysite.py': APP, 'wrong.ts': 'export default 5;\n' });
	const run = new Running('src/cli/main.ts', [
		...['serve', '--wsgi', 'mysite', '--port', '0', '--python', PYTHON, '--chdir', chdir],
		...['--remote', `chat=${chdir}/wrong.ts`],
	]);
	const { code, stderr } = await run.ended;
	expect([code, stderr]).toEqual([
		1,
		expect.stringMatching(/wrong\.ts exports by default a rich application, or a function of data/),
	]);
});

describe('the command line', () => {
	test('all options', () => {
		const args =
			'serve --wsgi a:b --wsgi-workers 3 --wsgi-threads 5 --wsgi-timeout 100 --max-requests 7 --max-requests-jitter 2 --python p --chdir c --env A=1 --env B= --watch --remote chat=./chat.ts';
		expect(readCommandLine(args.split(' '), {})).toEqual({
			command: 'serve',
			entry: '',
			wsgi: {
				name: 'a:b',
				remotes: [{ name: 'chat', file: './chat.ts' }],
				options: {
					workers: 3,
					threads: 5,
					timeout: 100,
					maxRequests: 7,
					maxRequestsJitter: 2,
					python: 'p',
					chdir: 'c',
					env: { A: '1', B: '' },
					watch: true,
				},
			},
			listen: { port: 8000 },
			tls: { kind: 'none' },
			verbose: false,
		});
	});

	test.each([
		['serve app.ts --env A=1', '--env goes with --wsgi'],
		['serve --wsgi a:b app.ts', '--wsgi names the application: app.ts is one too many'],
		['serve --wsgi a:b --wsgi-workers many', "--wsgi-workers is a whole number, not 'many'"],
		['serve --wsgi a:b --env A', "--env takes NAME=value, not 'A'"],
		['validate --wsgi a:b', 'validate has no option --wsgi'],
	])('%s', (args, message) => {
		expect(() => readCommandLine(args.split(' '), {})).toThrow(message);
	});
});
