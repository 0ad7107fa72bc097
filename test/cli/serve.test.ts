import { readFileSync } from 'node:fs';
import { get } from 'node:http';
import { connect } from 'node:net';
import { join } from 'node:path';
import { connect as connectTls } from 'node:tls';
import { describe, expect, test } from 'vitest';
import { folder } from '../support/folder.ts';
import { Running, type RunOptions } from '../support/running.ts';
import { makeCertificate } from '../support/served.ts';

const HELLO = `import { rich, utf8 } from 'rsgi';
export default rich((exchange) => {
	exchange.respond(200, ['content-type', 'text/plain']);
	exchange.end(utf8('hello from a file'));
});`;

function rsgi(args: readonly string[], options?: RunOptions): Running {
	return new Running('src/cli/main.ts', args, options);
}

/** Serves an entry with this text, and gives the URL. */
async function served(text: string, ...args: string[]): Promise<{ run: Running; url: string; cwd: string }> {
	const cwd = folder({ 'app.ts': text });
	const run = rsgi(['serve', 'app.ts', '--port', '0', ...args], { cwd });
	const [, url = ''] = await run.prints(/^Listening on (\S+)$/m);
	return { run, url, cwd };
}

/** Makes a resolution fail as if nothing were there. */
function without(specifier: string, code: string, message: string): string[] {
	const hook = `import { registerHooks } from 'node:module';
	registerHooks({ resolve(specifier, context, next) {
		if (!specifier.endsWith(${JSON.stringify(specifier)})) return next(specifier, context);
		throw Object.assign(new Error(${JSON.stringify(message)}), { code: ${JSON.stringify(code)} });
	} });`;
	return ['--import', `data:text/javascript,${encodeURIComponent(hook)}`];
}

describe('rsgi serve', () => {
	test('examples/hello.ts from the repository, with one line that has the URL', async () => {
		const run = rsgi(['serve', 'examples/hello.ts'], { env: { PORT: '0' } });
		const [, url = ''] = await run.prints(/^Listening on (http:\/\/127\.0\.0\.1:\d+)$/m);
		const response = await fetch(url);
		expect(await response.text()).toBe('hello, world\n');
		expect(response.headers.get('content-type')).toBe('text/plain');
		run.signal('SIGTERM');
		const { code, stdout } = await run.ended;
		expect(code).toBe(0);
		expect(stdout.trim().split('\n')).toHaveLength(1);
	});

	test('--verbose tells what clients do wrong, such as plain HTTP to a TLS port; otherwise they are passed over', async () => {
		const wrong = async (...args: string[]): Promise<Running> => {
			const { run, url } = await served(HELLO, '--tls', ...args);
			const socket = connect(Number(new URL(url).port), '127.0.0.1');
			socket.on('error', () => {});
			socket.end('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
			await new Promise((resolve) => socket.once('close', resolve));
			return run;
		};
		const verbose = await wrong('--verbose');
		await verbose.prints(/^rsgi: a client: TLS handshake: .*http request/im);
		const quiet = await wrong();
		quiet.signal('SIGTERM');
		expect((await quiet.ended).stderr).not.toContain('a client');
	});

	test.each([
		['gateway', `gateway((environ, start) => { start(bytes('200 OK'), []); return [utf8('from gateway')]; })`],
		['lite', `lite(() => [bytes('200 OK'), [], [utf8('from lite')]])`],
		['text', `text((environ, start) => { start('200 OK', []); return [utf8('from text')]; })`],
	])('VALID-34: an entry of the %s layer', async (layer, app) => {
		const { url } = await served(`import { utf8 } from 'rsgi';
			import { bytes, gateway, lite } from 'rsgi/gateway';
			import { text } from 'rsgi/text';
			export default ${app};`);
		expect(await (await fetch(url)).text()).toBe(`from ${layer}`);
	});

	test('VALID-34, NODE-1: a function that the command line calls a node application', async () => {
		const { url } = await served(
			"export default (req, res) => res.end([req.method, req.url].join(' of '));",
			'--layer=node',
		);
		expect(await (await fetch(`${url}/a`)).text()).toBe('GET of /a');
	});

	test('an application by the name of its export', async () => {
		const { url } = await served("export const api = { fetch: () => new Response('by name') };", '--export', 'api');
		expect(await (await fetch(url)).text()).toBe('by name');
	});

	test('an application beside a server of its own is served, and that is told', async () => {
		const { run, url } = await served(
			"import { createServer } from 'node:http';\n" +
				"createServer().listen(0, '127.0.0.1').unref();\n" +
				"export default { fetch: () => new Response('served') };",
		);
		expect(await (await fetch(url)).text()).toBe('served');
		await run.prints(
			/^rsgi: app\.ts also opens a server of its own, at app\.ts:2, beside that of rsgi: leave out its listen\(\)\.$/m,
		);
	});

	test('examples/echo.ts streams both ways', async () => {
		const run = rsgi(['serve', 'examples/echo.ts', '--port', '0']);
		const [, port = ''] = await run.prints(/:(\d+)$/m);
		const socket = connect(Number(port), '127.0.0.1');
		const heard = (text: string): Promise<void> =>
			new Promise((resolve) => {
				let all = '';
				const hear = (chunk: Buffer): void => {
					all += chunk.toString('latin1');
					if (!all.includes(text)) return;
					socket.off('data', hear);
					resolve();
				};
				socket.on('data', hear);
			});
		socket.write('POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3\r\none\r\n');
		await heard('one');
		socket.write('3\r\ntwo\r\n0\r\n\r\n');
		await heard('two\r\n0\r\n\r\n');
		socket.destroy();
	});

	test.each(['app.cjs', 'app.js', 'app.cts'])('an entry %s of CommonJS', async (name) => {
		const text = "module.exports = { fetch: () => new Response('hello from CommonJS') };";
		const run = rsgi(['serve', name, '--port=0'], { cwd: folder({ [name]: text, 'package.json': '{}' }) });
		const [, url = ''] = await run.prints(/on (\S+)$/m);
		expect(await (await fetch(url)).text()).toBe('hello from CommonJS');
	});

	test.each(['app.mts', 'app.js', 'app.mjs'])('an entry %s, in a folder of its own', async (name) => {
		const cwd = folder({ [`src/${name}`]: HELLO, 'package.json': '{ "type": "module" }' });
		const run = rsgi(['serve', `./src/${name}`, '--port=0'], { cwd });
		const [, url = ''] = await run.prints(/on (\S+)$/m);
		expect(await (await fetch(url)).text()).toBe('hello from a file');
	});

	test('an entry by its absolute path', async () => {
		const cwd = folder({ 'app.ts': HELLO });
		const run = rsgi(['serve', join(cwd, 'app.ts'), '--port', '0']);
		await run.prints(/Listening/);
	});

	test('a Unix socket', async () => {
		const cwd = folder({ 'app.ts': HELLO });
		const run = rsgi(['serve', 'app.ts', '--unix', join(cwd, 's')], { cwd, env: { PORT: '1' } });
		expect((await run.prints(/on (\S+)$/m))[1]).toBe(`unix:${cwd}/s`);
		const text = await new Promise((resolve) => {
			get({ socketPath: join(cwd, 's'), path: '/' }, (response) => {
				response.setEncoding('latin1').on('data', resolve);
			});
		});
		expect(text).toBe('hello from a file');
	});

	test('--tls: HTTP/2 by ALPN, with a certificate for localhost, 127.0.0.1 and ::1', async () => {
		const { url } = await served(HELLO, '--tls');
		expect(url).toMatch(/^https:/);
		const { port } = new URL(url);
		const socket = connectTls({
			port: Number(port),
			host: '127.0.0.1',
			rejectUnauthorized: false,
			ALPNProtocols: ['h2'],
		});
		await new Promise((resolve) => socket.once('secureConnect', resolve));
		expect(socket.alpnProtocol).toBe('h2');
		const names = socket.getPeerX509Certificate()?.subjectAltName;
		expect(names).toBe('DNS:localhost, IP Address:127.0.0.1, IP Address:0:0:0:0:0:0:0:1');
		socket.destroy();
	});

	test('--cert and --key', async () => {
		const pair = await makeCertificate('example.test');
		const cwd = folder({ 'app.ts': HELLO, 'c.pem': pair.cert, 'k.pem': pair.key });
		const run = rsgi(['serve', 'app.ts', '--port', '0', '--cert', 'c.pem', '--key', 'k.pem'], { cwd });
		const [, port = ''] = await run.prints(/https:\/\/127\.0\.0\.1:(\d+)$/m);
		const socket = connectTls({ port: Number(port), host: '127.0.0.1', rejectUnauthorized: false });
		await new Promise((resolve) => socket.once('secureConnect', resolve));
		expect(socket.getPeerX509Certificate()?.subject).toBe('CN=example.test');
		socket.destroy();
	});

	test('RICH-43: start and stop of the application', async () => {
		const hooks = `import { rich } from 'rsgi';
		export default rich(() => {}, { start: () => console.log('started'), stop: () => console.log('stopped') });`;
		const { run } = await served(hooks);
		run.signal('SIGINT');
		const { code, stdout } = await run.ended;
		expect(code).toBe(0);
		expect(stdout).toMatch(/^started\nListening on \S+\nstopped\n$/);
	});

	test('faults of the application go to standard error, and it goes on', async () => {
		const { run, url } = await served(
			`import { rich } from 'rsgi'; export default rich(() => { throw new Error('broken'); });`,
		);
		expect((await fetch(url)).status).toBe(500);
		await run.prints(/rsgi: the application failed in GET \/\n[\s\S]*broken/);
		expect((await fetch(url)).status).toBe(500);
		expect(run.stdout).not.toContain('broken');
	});
});

describe('signals', () => {
	const SLOW = `import { rich, utf8 } from 'rsgi';
	export default rich((exchange) => {
		exchange.respond(200);
		exchange.write(utf8('begun'));
		if (exchange.target === '/ends') setTimeout(() => exchange.end(utf8(', ended')), 700);
		return {};
	});`;

	test('RICH-46: the first lets an open exchange end, and says so with its limit', async () => {
		const { run, url } = await served(SLOW);
		const response = await fetch(`${url}/ends`);
		run.signal('SIGTERM');
		await run.prints(/rsgi: SIGTERM: stopping\. One connection is open: .* at most 10 s; another signal ends them now/);
		expect(await response.text()).toBe('begun, ended');
		expect((await run.ended).code).toBe(0);
	});

	test.each([
		['SIGTERM', 143],
		['SIGINT', 130],
	] as const)('a second one ends what is open: %s, exit code %i', async (signal, code) => {
		const { run, url } = await served(SLOW);
		const response = await fetch(url);
		run.signal(signal);
		await run.prints(/stopping/);
		// Sooner it would be the same key press.
		await new Promise((resolve) => setTimeout(resolve, 300));
		run.signal(signal);
		await expect(response.text()).rejects.toThrow();
		expect((await run.ended).code).toBe(code);
	});

	test('the same signal at once is one key press: npm passes on what the terminal has sent', async () => {
		const { run, url } = await served(SLOW);
		const response = await fetch(`${url}/ends`);
		run.signal('SIGINT');
		await run.prints(/stopping/);
		run.signal('SIGINT');
		expect(await response.text()).toBe('begun, ended');
		expect((await run.ended).code).toBe(0);
	});
});

describe('what cannot be served', () => {
	async function failed(files: Record<string, string>, args: string[], options: RunOptions = {}): Promise<string> {
		const run = rsgi(['serve', '--port', '0', ...args], { ...options, cwd: folder(files) });
		const { code, stdout, stderr } = await run.ended;
		expect(stdout).toBe('');
		expect(code).toBe(1);
		expect(stderr).toMatch(/^rsgi: /m);
		return stderr;
	}

	test('a file that does not exist, with the one that was meant', async () => {
		expect(await failed({}, ['gone.ts'])).toBe('rsgi: gone.ts: there is no such file.\n');
		expect(await failed({ 'src/app.ts': '' }, ['src/app'])).toContain('Did you mean src/app.ts?');
	});

	test('a directory, with a file in it', async () => {
		const said = await failed({ 'src/index.ts': '' }, ['src']);
		expect(said).toContain('src is a directory');
		expect(said).toContain('Did you mean src/index.ts?');
	});

	test('a directory that a framework has built, with the file in it that does not listen', async () => {
		const build = { 'build/index.js': '', 'build/handler.js': '' };
		expect(await failed(build, ['build'])).toContain('Did you mean build/handler.js?');
		expect(await failed({ 'out/server/index.mjs': '' }, ['out'])).toContain('Did you mean out/server/index.mjs?');
	});

	test('a server that listens by itself, with the place, and what to do instead', async () => {
		const listens =
			"import { createServer } from 'node:http';\n\nexport const server = createServer();\nserver.listen(0);";
		const said = await failed({ 'app.mjs': listens }, ['app.mjs']);
		expect(said).toContain('app.mjs opens a server of its own, at app.mjs:4, and exports no application');
		expect(said).toContain('`export default app;`');
		expect(said).toContain('docs/frameworks.md');
		// The place is that of the application, not of the package that listens on its behalf.
		const framework =
			"import { createServer } from 'node:http';\nexport const listen = () => createServer().listen(0);";
		const files = {
			'app.mjs': "import { listen } from 'framework';\nlisten();",
			'node_modules/framework/package.json': '{ "type": "module", "exports": "./index.js" }',
			'node_modules/framework/index.js': framework,
		};
		expect(await failed(files, ['app.mjs'])).toContain('of its own, at app.mjs:2, and');
	});

	test('another kind of file', async () => {
		expect(await failed({ 'app.json': '{}' }, ['app.json'])).toContain(
			'an entry is a .ts, .mts, .cts, .js, .mjs, .cjs file',
		);
	});

	test('RICH-3: a plain function, with what is expected', async () => {
		const said = await failed({ 'app.mjs': 'export default function handle() {}' }, ['app.mjs']);
		expect(said).toContain('app.mjs exports a plain function');
		expect(said).toContain('export default rich(handle);');
		expect(said).toContain("import { rich, utf8 } from 'rsgi';");
	});

	test('a CommonJS function', async () => {
		expect(await failed({ 'app.js': 'module.exports = (req, res) => {}' }, ['app.js'])).toContain('a plain function');
	});

	test.each([
		['the entry, in JavaScript', { 'app.mjs': 'export const a = 1;\nconst b = ;\n' }, /app\.mjs:2\nconst b = ;\n\s+\^/],
		['an import of it', { 'app.mjs': "import './b.mjs';", 'b.mjs': '\n\nlet c c;\n' }, /b\.mjs:3\nlet c c;/],
		['CommonJS', { 'app.mjs': "import './b.cjs';", 'b.cjs': '\nlet c c;\n' }, /b\.cjs:2\nlet c c;/],
		['TypeScript', { 'app.mjs': "import './b.ts';", 'b.ts': '\nlet c: = 1;\n' }, /b\.ts:2\n[\s\S]*let c: = 1;/],
	])('a syntax error in %s, with its place', async (_, files, place) => {
		const said = await failed(files, ['app.mjs']);
		expect(said).toContain('app.mjs, or what it imports, has a syntax error');
		expect(said).toMatch(place);
		expect(said).not.toContain('node:internal');
	});

	test.each(['app.ts', 'app.js'])(
		'%s as a module where package.json says CommonJS, as npm init does',
		async (entry) => {
			const files = { [entry]: HELLO, 'package.json': '{ "type": "commonjs" }' };
			const said = await failed(files, [entry]);
			expect(said).toContain(`${entry}, or what it imports, is an ES module`);
			expect(said).toContain('npm pkg set type=module');
			const exported = await failed({ ...files, [entry]: 'export default 1;' }, [entry]);
			expect(exported).toContain('npm pkg set type=module');
		},
	);

	test('an import of a name that is not exported', async () => {
		const said = await failed({ 'app.ts': "import { richer } from 'rsgi';\nexport default richer;" }, ['app.ts']);
		expect(said).toMatch(/app\.ts:1[\s\S]*does not provide an export named 'richer'/);
		expect(said).toContain("import { type richer } from 'rsgi';");
	});

	test('an import of a name from another path of the package than its own', async () => {
		const said = await failed({ 'app.ts': "import { escape } from 'rsgi';\nexport default escape;" }, ['app.ts']);
		expect(said).toContain("It is in rsgi/escape: import { escape } from 'rsgi/escape';");
	});

	test('an import by a path that a package does not have', async () => {
		const manifest = { name: 'other', exports: { '.': './a.js', './b': './b.js' } };
		const files = { 'app.mjs': "import 'other/c';", 'node_modules/other/package.json': JSON.stringify(manifest) };
		const said = await failed(files, ['app.mjs']);
		expect(said).toContain('app.mjs imports something that is not there');
		expect(said).toContain('There are other, other/b.');
	});

	test('TypeScript that does not go away by erasing types', async () => {
		const said = await failed({ 'app.ts': 'export enum Colour { RED }\nexport default Colour;' }, ['app.ts']);
		expect(said).toMatch(/app\.ts:1\nexport enum Colour/);
		expect(said).toContain('write an enum as a constant object');
		expect(said).toContain('erasableSyntaxOnly');
	});

	test('TypeScript on a Node that does not run it', async () => {
		const node = without('mine.ts', 'ERR_UNKNOWN_FILE_EXTENSION', 'Unknown file extension ".ts" for mine.ts');
		const said = await failed({ 'mine.ts': HELLO }, ['mine.ts'], { node });
		expect(said).toContain(`This is Node ${process.version}: from 22.18 on`);
	});

	test('imports that are not there', async () => {
		expect(await failed({ 'app.ts': "import 'no-such-package';" }, ['app.ts'])).toContain(
			'npm install no-such-package',
		);
		expect(await failed({ 'app.ts': "import './b.ts';" }, ['app.ts'])).toContain("b.ts' imported from");
	});

	test('an entry that throws', async () => {
		const said = await failed({ 'app.ts': "throw new Error('no database');" }, ['app.ts']);
		expect(said).toMatch(/app\.ts threw while it was imported:[\s\S]*no database[\s\S]*app\.ts:1/);
	});

	test('an entry that waits for ever', async () => {
		const said = await failed({ 'app.ts': 'await new Promise(() => {});' }, ['app.ts']);
		expect(said).toContain('app.ts waits for something that never happens');
	});

	test('RICH-43: an application that fails to start', async () => {
		const text = `import { rich } from 'rsgi'; export default rich(() => {}, { start() { throw new Error('no queue'); } });`;
		expect(await failed({ 'app.ts': text }, ['app.ts'])).toMatch(/the application failed to start:[\s\S]*no queue/);
	});

	test('a port that is taken', async () => {
		const { url } = await served(HELLO);
		const said = await failed({ 'app.ts': HELLO }, ['app.ts', '--port', new URL(url).port]);
		expect(said).toMatch(/^rsgi: Cannot listen on .*another process listens there.*\n$/);
	});

	test('TLS files that are not there, or are none', async () => {
		const files = { 'app.ts': HELLO, 'c.pem': 'x', 'k.pem': 'y' };
		expect(await failed(files, ['app.ts', '--cert', 'a.pem', '--key', 'k.pem'])).toContain(
			'--cert a.pem cannot be read',
		);
		expect(await failed(files, ['app.ts', '--cert', 'c.pem', '--key', 'k.pem'])).toContain('cannot be used');
	});

	test('--tls without the library that makes the certificate', async () => {
		const node = without('selfsigned', 'ERR_MODULE_NOT_FOUND', 'Cannot find package');
		expect(await failed({ 'app.ts': HELLO }, ['app.ts', '--tls'], { node })).toContain('npm install -D selfsigned');
	});
});

describe('the rest of the command', () => {
	test('--help', async () => {
		const { code, stdout } = await rsgi(['--help']).ended;
		expect(code).toBe(0);
		for (const option of ['--port', '--host', '--unix', '--tls', '--cert', '--key', '--version']) {
			expect(stdout).toContain(option);
		}
	});

	test('--version', async () => {
		const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
		expect(await rsgi(['--version']).ended).toEqual({ code: 0, stdout: `${version}\n`, stderr: '' });
	});

	test('a command line that makes no sense ends with 2', async () => {
		const { code, stdout, stderr } = await rsgi(['serve']).ended;
		expect(code).toBe(2);
		expect(stdout).toBe('');
		expect(stderr).toBe('rsgi: serve takes the file of an application. `rsgi --help` shows how it goes.\n');
	});
});
