/** Every command that the showcase prints, run as it is printed. */
import { describe, expect, test } from 'vitest';
import { command, succeed } from '../support/command.ts';
import { type Showcase, showcase } from '../support/showcase.ts';

interface Command {
	readonly run: string;
	readonly shows: string;
}

interface Known {
	readonly origin: string;
	readonly tls: string | null;
	readonly commands: Readonly<Record<string, readonly Command[]>>;
}

type Check = (printed: string, secure: boolean) => void;

/** Per feature, what each of its commands must print on standard output. */
const CHECKS: Readonly<Record<string, readonly Check[]>> = {
	journey: [
		(printed) => {
			const journey = JSON.parse(printed.slice(printed.indexOf('{')));
			expect(journey.steps.map(({ kind }: { kind: string }) => kind)).toEqual([
				...[
					'layer',
					'enter',
					'through',
					'enter',
					'through',
					'enter',
					'back',
					'back',
					'back',
					'respond',
					'end',
					'closed',
				],
			]);
		},
	],
	chat: ['Hono', 'Express'].map(() => (printed) => {
		expect(printed).toMatch(
			/^HTTP\/\S+ 401[\s\S]*Log in first\.\nHTTP\/\S+ 200[\s\S]*^set-cookie: [\s\S]*Hello, ann\.\n$/im,
		);
	}),
	rpc: [
		(printed) => expect(printed).toContain('"text": "3: hello, Ann"'),
		(printed) => expect(JSON.parse(printed)).toEqual({ text: 'Hello, Ann' }),
	],
	connection: [
		(printed, secure) => {
			const facts = JSON.parse(printed);
			expect(facts.httpVersion).toBe('2');
			expect(facts.scheme).toBe(secure ? 'https' : 'http');
			expect(facts.connection.peer.address).toBe('127.0.0.1');
			expect(facts.connection.tls?.alpn).toBe(secure ? 'h2' : undefined);
			expect(facts.fields.slice(-3)).toEqual(['x-order: 1', 'x-other: 2', 'x-order: 3']);
		},
		(printed) => {
			const facts = JSON.parse(printed);
			expect(facts.httpVersion).toBe('1.1');
			expect(facts.fields.slice(-2)).toEqual(['X-Order: 1', 'x-other: 2']);
		},
	],
	upload: [(printed) => expect(printed).toMatch(/^(\d+ bytes so far\n){2,}35 bytes in all\n$/)],
	trailers: [
		(printed) =>
			expect(printed).toMatch(/^trailer: content-digest\r\n[\s\S]*line 5, [^\n]*\ncontent-digest: sha-256=:.{44}:/m),
		(printed) => expect(printed).toMatch(/line 5, [\s\S]*content-digest: sha-256=:[\s\S]*; END_STREAM/),
	],
	'early-hints': [
		(printed) => {
			expect(printed).toMatch(/^HTTP\/\S+ 103[^\n]*\r\nlink: <\/early-hints\/style\.css[\s\S]*^HTTP\/\S+ 200/m);
			expect(printed).toContain('this client does not act on Early Hints');
		},
	],
	push: [
		(printed) => {
			expect(printed).toContain('Pushed: first, second.');
			expect(printed).toMatch(/\* .* 200 .* \/push\/first\n/);
			expect(printed).toMatch(/\* .* 200 .* \/push\/second\n/);
		},
		(printed) => {
			expect(printed).toContain('exchange.push is null');
			expect(printed).not.toContain('PUSH_PROMISE');
		},
	],
	events: [
		(printed) => {
			expect(printed.match(/^event: tick\nid: \d\ndata: event \d, at \S+\n\n/gm)).toHaveLength(3);
		},
		(printed) => expect([...printed.matchAll(/^id: (\d+)$/gm)].map(([, id]) => id)).toEqual(['42', '43']),
	],
	priorities: [
		(printed, secure) => {
			if (secure) expect(printed).toMatch(/^urgency 1: \S+ s\nurgency 6: \S+ s\n$/);
			else CHECKS.priorities?.[1]?.(printed, secure);
		},
		(printed) => {
			const urgencies = [...printed.matchAll(/200 +5M \/priorities\?urgency=(\d)/g)].map(([, urgency]) => urgency);
			expect(urgencies).toEqual(['1', '6']);
		},
	],
	tunnel: [(printed) => expect(printed).toBe('hello\nquit\nbye\n')],
	range: [
		(printed) => {
			expect(printed).toMatch(/^HTTP\/\S+ 206/);
			expect(printed).toContain('content-range: bytes 1230-1249/10000');
			expect(printed.endsWith('\r\n\r\nline 0123\nline 0124\n')).toBe(true);
		},
		(printed) => {
			expect(printed).toContain('multipart/byteranges');
			expect(printed).toMatch(/line 0000[\s\S]*line 0999/);
			expect(printed).not.toContain('line 0001');
		},
		(printed) => expect(printed).toMatch(/^HTTP\/\S+ 304/),
	],
	abort: [
		(printed) => expect(printed).toMatch(/^line 1\nline 2\nline 3\ncurl ended with 92\n$/),
		(printed) => expect(printed).toMatch(/^The server saw: (lost|reset), code \d+\n$/),
	],
};

async function known(origin: string): Promise<Known> {
	return JSON.parse(await succeed('curl', ['-sk', `${origin}/showcase.json`]));
}

describe.each([
	{ name: 'with TLS', secure: true },
	{ name: 'without TLS', secure: false },
])('the commands of the showcase, $name', ({ secure }) => {
	const origin = (at: Showcase): string => (secure ? at.tls : at.plain);

	test('each feature has commands, and each command is tested here', async () => {
		const { commands } = await known(origin(await showcase()));
		expect(Object.keys(commands)).toEqual(Object.keys(CHECKS));
		for (const [id, { length }] of Object.entries(commands)) {
			expect(length, id).toBeGreaterThan(0);
			expect(CHECKS[id]?.length, id).toBeGreaterThanOrEqual(length);
		}
	});

	test.each(Object.keys(CHECKS))('%s', async (id) => {
		const at = await showcase();
		const { commands } = await known(origin(at));
		for (const [index, { run, shows }] of (commands[id] ?? []).entries()) {
			expect(run).toContain(new URL(origin(at)).host);
			const { code, stdout, stderr } = await command('sh', ['-c', run]);
			expect(code, `${run}\n${stderr}`).toBe(0);
			CHECKS[id]?.[index]?.(stdout, secure);
			expect(shows).toMatch(/\.$/);
		}
		at.run.signal('SIGTERM');
		// Nothing went wrong that only the server knows of.
		expect(await at.run.ended).toMatchObject({ code: 0, stderr: '' });
	});
});

describe('what the showcase prints at its start', () => {
	test('commands that work', async () => {
		const { run } = await showcase();
		const printed = run.stdout.match(/^ {2}(?:curl|nghttp) .*$/gm) ?? [];
		expect(printed).toHaveLength(4);
		for (const line of printed) expect((await command('sh', ['-c', line])).code, line).toBe(0);
	});

	test('an authority that cannot stand in a command is refused', async () => {
		const { plain } = await showcase();
		const result = await succeed('curl', ['-s', '-w', '%{http_code}', '-H', 'Host: a$(id)', `${plain}/showcase.json`]);
		expect(result).toMatch(/400$/);
	});
});
