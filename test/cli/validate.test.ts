import { describe, expect, test } from 'vitest';
import { folder } from '../support/folder.ts';
import { type Ended, Running } from '../support/running.ts';

const IMPORTS = `import { content, rich, utf8 } from 'rsgi';
import { bytes, gateway, lite } from 'rsgi/gateway';
import { text } from 'rsgi/text';
const OK = bytes('200 OK');
`;

/** `rsgi validate`, as a user runs it, on an entry with this text. */
async function validated(app: string, ...args: string[]): Promise<Ended> {
	const cwd = folder({ 'app.ts': `${IMPORTS}${app}` });
	return await new Running('src/cli/main.ts', ['validate', 'app.ts', ...args], { cwd }).ended;
}

interface Found {
	readonly party: string;
	readonly rule: string;
	readonly times: number;
	readonly fix: string;
	readonly probe: string;
	readonly request: string;
}

/** What is found, from the JSON report. */
async function found(
	app: string,
	...args: string[]
): Promise<{ findings: Found[]; code: number | null; requests: number }> {
	const { code, stdout } = await validated(app, '--json', ...args);
	return { code, ...JSON.parse(stdout) };
}

const GOOD = {
	rich: `export default rich(async (exchange) => {
		let length = 0;
		for await (const chunk of content(exchange)) length += chunk.length;
		exchange.respond(200, ['content-type', 'text/plain']);
		exchange.end(utf8(String(length)));
	});`,
	gateway: `export default gateway(async (environ, startResponse) => {
		const content = await environ['wsgi.input'].read();
		startResponse(OK, [[bytes('Content-Type'), bytes('text/plain')]]);
		return (async function* () {
			yield content;
			yield utf8('end');
		})();
	});`,
	lite: `export default lite((environ) => [OK, [[bytes('Content-Length'), bytes('2')]], [utf8('ok')]]);`,
	text: `export default text((environ, startResponse) => {
		const write = startResponse('200 OK', [['Content-Type', 'text/plain; charset=utf-8']]);
		return new Set([utf8('You asked for ' + environ.PATH_INFO.toWellFormed())]);
	});`,
	fetch: `export default {
		async fetch(request: Request) {
			return new Response('you sent ' + (await request.text()));
		},
	};`,
};

describe('rsgi validate', () => {
	test.each(Object.entries(GOOD))(
		'VALID-30, VALID-31, VALID-34: nothing is found in a good application: %s',
		async (layer, app) => {
			const { code, stdout, stderr } = await validated(app, '--path', '/other?x=1');
			expect(stdout).toMatch(
				new RegExp(`^app\\.ts, an application of the ${layer} layer: \\d+ requests, nothing was found\\.\n$`),
			);
			expect(stderr).toBe('');
			expect(code).toBe(0);
		},
	);

	test('VALID-30: each path is asked for in all ways, over both versions', async () => {
		const seen = `export default gateway(async (environ, startResponse) => {
			const content = await environ['wsgi.input'].read();
			console.log([environ.SERVER_PROTOCOL, environ.REQUEST_METHOD, environ['rsgi.target'], content.length].join(' '));
			startResponse(OK, []);
			return [];
		});`;
		const { stdout, stderr } = await validated(seen, '--path', '/a?b', '--path', '/c');
		expect(stdout.trim().split('\n')).toHaveLength(1);
		const lines = stderr.split('\n');
		for (const target of ['/', '/a?b', '/c']) {
			for (const version of ['HTTP/1.1', 'HTTP/2.0']) {
				expect(lines).toContain(`${version} GET ${target} 0`);
				expect(lines).toContain(`${version} HEAD ${target} 0`);
				expect(lines).toContain(`${version} POST ${target} 300000`);
				expect(lines).toContain(`${version} PUT ${target} 256`);
				expect(lines).toContain(`${version} BREW ${target} 0`);
			}
			expect(lines).toContain(`HTTP/1.0 GET ${target} 0`);
		}
		expect(lines).toContain('HTTP/1.1 OPTIONS * 0');
		expect(lines).toContain('HTTP/2.0 OPTIONS * 0');
		expect(lines).toContain('HTTP/1.1 GET /%ff%00%2f/%zz 0');
		expect(lines).toContain('HTTP/1.1 GET http://localhost/absolute?x 0');
	});

	test.each([
		[
			'a field of the connection',
			`gateway((environ, start) => { start(OK, [[bytes('Connection'), bytes('close')]]); return []; })`,
			'GATE-53',
		],
		['a string as body', `gateway((environ, start) => { start(OK, []); return 'hello'; })`, 'GATE-11'],
		['strings as blocks', `gateway((environ, start) => { start(OK, []); return ['hello']; })`, 'GATE-50'],
		['one block as body', `gateway((environ, start) => { start(OK, []); return utf8('hello'); })`, 'GATE-11'],
		[
			'content beyond its length',
			`gateway((environ, start) => { start(OK, [[bytes('Content-Length'), bytes('1')]]); return [utf8('ab')]; })`,
			'GATE-55',
		],
		[
			'content short of its length',
			`lite(() => [OK, [[bytes('Content-Length'), bytes('3')]], [utf8('ab')]])`,
			'GATE-55',
		],
		['no startResponse', `gateway(() => [])`, 'GATE-10'],
		['two calls', `gateway((environ, start) => { start(OK, []); start(OK, []); return []; })`, 'GATE-7'],
		['no response, but something else', `lite(() => new Response('hello'))`, 'GATE-20'],
		['text above latin-1', `text((environ, start) => { start('200 \u20ac', []); return []; })`, 'TEXT-9'],
		[
			'concurrent reads',
			`gateway(async ({ 'wsgi.input': input }, start) => { await Promise.all([input.read(1), input.read(1)]); start(OK, []); return []; })`,
			'GATE-42',
		],
		['write before respond', `rich((exchange) => { exchange.write(utf8('a')); })`, 'RICH-12'],
		['content to 204', `rich((exchange) => { exchange.respond(204); exchange.end(utf8('a')); })`, 'RICH-18'],
		[
			'writes that ignore false',
			`rich((exchange) => { exchange.respond(200); for (let i = 0; i < 5; i++) exchange.write(new Uint8Array(70000)); exchange.end(); return {}; })`,
			'VALID-23',
		],
	])('VALID-31, VALID-32: %s is found: the party, the rule, the fix, how often', async (_, app, rule) => {
		const { findings, code, requests } = await found(`export default ${app} as never;`);
		expect(code).toBe(1);
		const finding = findings.find((each) => each.rule === rule) as Found;
		expect(findings.map((each) => [each.party, each.rule])).toContainEqual(['application', rule]);
		expect(finding.fix).not.toBe('');
		expect(finding.request).toMatch(/^[A-Z]+ \S+$/);
		expect(finding.times).toBeGreaterThan(1);
		expect(finding.times).toBeLessThanOrEqual(requests);
		expect(findings.filter((each) => each.party === 'server')).toEqual([]);
	});

	test('VALID-32: as text, each finding once', async () => {
		const { code, stdout } = await validated(`export default gateway(() => []);`);
		expect(code).toBe(1);
		expect(stdout).toMatch(/^app\.ts, an application of the gateway layer: \d+ requests, 1 found\.\n\n/);
		expect(stdout).toMatch(
			/^1\. The application is at fault \(GATE-10\), in GET \/ \(GET, HTTP\/1\), and \d+ times more:$/m,
		);
		expect(stdout).toContain('Call it before the first block.');
	});

	test('VALID-32: what the application prints goes to standard error, however it prints', async () => {
		const { code, stdout, stderr } = await validated(
			`export default rich((exchange) => {
				process.stdout.write('a line of a log\\n');
				console.log('another');
				exchange.respond(200);
				exchange.end();
			});`,
			'--json',
		);
		expect(code).toBe(0);
		expect(JSON.parse(stdout)).toMatchObject({ findings: [] });
		expect(stderr).toContain('a line of a log\n');
		expect(stderr).toContain('another\n');
	});

	test('VALID-33: what throws, what is left behind, what never answers', async () => {
		const throws = await found(`export default gateway(() => { throw new Error('no database'); });`);
		expect(throws.findings).toMatchObject([
			{ party: 'application', rule: 'VALID-33', message: 'It failed: Error: no database' },
		]);
		const leaves = await found(`export default rich((exchange) => {
			void Promise.reject(new Error('left'));
			exchange.respond(200);
			exchange.end();
		});`);
		expect(leaves.findings).toMatchObject([{ rule: 'VALID-33', message: 'It failed: Error: left' }]);
		const silent = await found(
			`export default rich((exchange) => (exchange.method === 'BREW' ? {} : (exchange.respond(200), exchange.end())));`,
			// More than a busy machine takes for a request that is answered: a client that stalls has half of 200 ms for it.
			'--timeout',
			'1500',
		);
		expect(silent.findings).toMatchObject([
			{ rule: 'VALID-33', message: 'No response has begun within 1500 ms.', request: 'BREW /', times: 2 },
		]);
	});

	test('VALID-31: a command line that makes no sense is 2, no application is 1', async () => {
		const run = (...args: string[]): Promise<Ended> =>
			new Running('src/cli/main.ts', args, { cwd: folder({ 'app.ts': 'export default 7;' }) }).ended;
		expect(await run('validate')).toMatchObject({ code: 2, stdout: '' });
		expect(await run('validate', 'app.ts', '--port', '1')).toMatchObject({ code: 2 });
		expect(await run('validate', 'app.ts', '--path', 'a b')).toMatchObject({ code: 2 });
		expect(await run('validate', 'app.ts', '--timeout', '0')).toMatchObject({ code: 2 });
		expect(await run('serve', 'app.ts', '--json')).toMatchObject({ code: 2 });
		const none = await run('validate', 'app.ts');
		expect(none).toMatchObject({ code: 1, stdout: '' });
		expect(none.stderr).toContain('exports 7, a number');
	});
});
