/** Middleware of three layers round rich applications and round each other, over sockets: curl and node:http2. */
import { once } from 'node:events';
import { type ClientHttp2Stream, connect } from 'node:http2';
import { ErrorCode, type Outcome, type RichApp, type RichFunction, rich, utf8, WrappedExchange } from 'rsgi';
import {
	adapt,
	gatewayToRich,
	gatewayToText,
	richToGateway,
	richToText,
	textToGateway,
	textToRich,
} from 'rsgi/adapters';
import { bytes, type FieldPairs, type GatewayApp, gateway, requireGateway } from 'rsgi/gateway';
import { requireText, type TextApp, text } from 'rsgi/text';
import { describe, expect, onTestFinished, test } from 'vitest';
import { Fields } from '../../src/wire/fields.ts';
import { command } from '../support/command.ts';
import { served, servedTls } from '../support/served.ts';

/** Bytes middleware: a field in each response, and a page of its own for what the application throws in its call. */
function bytesStamp(app: GatewayApp): GatewayApp {
	const inner = requireGateway(app, 'bytesStamp()');
	return gateway((environ, startResponse) => {
		try {
			return inner(environ, (status, fields, excInfo) =>
				startResponse(status, [...fields, [bytes('x-bytes'), status]] as FieldPairs, excInfo),
			);
		} catch (error) {
			startResponse(bytes('500 Caught'), [], { error });
			return [utf8(`caught: ${String(error)}\n`)];
		}
	}, inner);
}

/** Text middleware: takes /über off the path, says who asks, and stamps too. */
function textStamp(app: TextApp): TextApp {
	const inner = requireText(app, 'textStamp()');
	return text((environ, startResponse) => {
		const under = environ.PATH_INFO.startsWith('/über/');
		const moved = under ? { SCRIPT_NAME: '/über', PATH_INFO: environ.PATH_INFO.slice('/über'.length) } : {};
		return inner({ ...environ, ...moved, HTTP_X_USER: 'ada' }, (status, fields, excInfo) =>
			startResponse(status, [...fields, ['x-text', environ.PATH_INFO.length.toString()]], excInfo),
		);
	}, inner);
}

class Stamped extends WrappedExchange {
	override respond(status: number, fields?: string[] | Fields, reason?: string): void {
		super.respond(
			status,
			Fields.from(fields ?? [])
				.clone()
				.append('x-rich', '1'),
			reason,
		);
	}
}

function richStamp(app: RichApp): RichApp {
	return rich((exchange) => Stamped.run(app, new Stamped(exchange)), app);
}

interface Ends {
	readonly outcomes: Outcome[];
	written: number;
	/** The client has got the first content of what fails late. */
	readonly begun: PromiseWithResolvers<void>;
}

/** What is mounted below: everything that a downgraded exchange can do. */
function routes(ends: Ends): RichApp {
	return rich((exchange): ReturnType<RichFunction> => {
		switch (exchange.target.replace('/%C3%BCber', '')) {
			case '/echo':
				exchange.respond(200);
				return { data: (chunk) => void exchange.write(chunk), end: () => exchange.end() };
			case '/fail':
				throw new Error('no');
			case '/late':
				exchange.respond(200);
				exchange.write(utf8('begun'));
				return ends.begun.promise.then(() => {
					throw new Error('late');
				});
			case '/endless': {
				exchange.respond(200);
				const more = (): void => {
					do ends.written += 8192;
					while (exchange.write(new Uint8Array(8192)));
				};
				setImmediate(more);
				return { drain: more, closed: (outcome) => void ends.outcomes.push(outcome) };
			}
			default: {
				const can = [exchange.inform, exchange.push, exchange.accept].map((capability) => capability !== null);
				exchange.respond(200, ['x-user', exchange.fields.combined('x-user') ?? 'nobody']);
				exchange.end(utf8(`${exchange.method} ${exchange.target} ${can.join(' ')}\n`));
				return;
			}
		}
	});
}

const STACKS: Record<string, (app: RichApp) => RichApp> = {
	'bytes round rich': (app) => gatewayToRich(bytesStamp(richToGateway(app))),
	'text round rich': (app) => textToRich(textStamp(richToText(app))),
	'rich round text round bytes round rich': (app) =>
		richStamp(textToRich(textStamp(gatewayToText(bytesStamp(richToGateway(app)))))),
	'bytes round text round rich round bytes round rich': (app) =>
		gatewayToRich(
			bytesStamp(textToGateway(textStamp(richToText(richStamp(gatewayToRich(bytesStamp(richToGateway(app)))))))),
		),
	'adapt() everywhere': (app) => adapt(textStamp(adapt(bytesStamp(adapt(richStamp(app), 'gateway')), 'text')), 'rich'),
};

const QUIET = ['--silent', '--show-error', '--max-time', '20'];

const CLIENTS = [
	{ name: 'HTTP/1.1', args: ['--http1.1'], tls: false },
	{ name: 'HTTP/2', args: ['--insecure', '--http2'], tls: true },
];

describe.each(Object.entries(STACKS))('ADAPT-11, ADAPT-20: %s', (name, stack) => {
	async function start(tls: boolean) {
		const ends: Ends = { outcomes: [], written: 0, begun: Promise.withResolvers() };
		const app = stack(routes(ends));
		return { ends, ...(tls ? await servedTls(app) : await served(app)) };
	}

	test.each(CLIENTS)('curl, $name', async ({ args, tls }) => {
		const { url, ends } = await start(tls);
		const curl = (path: string, ...more: string[]) =>
			command('curl', [...QUIET, '--include', ...args, ...more, url + path], 'x'.repeat(300_000));
		const hello = await curl('/%C3%BCber/uns?a=%20b');
		expect(hello.stdout).toContain('GET /%C3%BCber/uns?a=%20b false false false\n');
		expect(hello.stdout.match(/^x-bytes: 200 OK\r$/gim) ?? []).toHaveLength(
			name.split('bytes').length - 1 || Number(name.startsWith('adapt')),
		);
		expect(hello.stdout.match(/^x-user: .*$/gim)?.[0]?.trim()).toBe(
			name.includes('text') || name.startsWith('adapt') ? 'x-user: ada' : 'x-user: nobody',
		);
		const echo = await curl('/echo', '--data-binary', '@-');
		expect(echo.code).toBe(0);
		expect(echo.stdout.split('\r\n\r\n').at(-1)).toHaveLength(300_000);
		const failed = await curl('/fail');
		expect(failed.stdout).toMatch(/^HTTP\/\S+ 500/);
		// It fails when curl has printed what came: curl drops what it receives together with a reset.
		const late = await command('curl', [...QUIET, '--include', '--no-buffer', ...args, `${url}/late`], '', (output) => {
			if (output.endsWith('begun')) ends.begun.resolve();
		});
		expect(late.code).not.toBe(0);
		expect(late.stdout).toContain('200');
		expect(late.stdout.endsWith('begun')).toBe(true);
	});

	test('node:http2: full duplex, a stalled reader, a reset', async () => {
		const { url, ends } = await start(false);
		const session = connect(url);
		onTestFinished(() => session.destroy());
		const echo = session.request({ ':method': 'POST', ':path': '/echo' });
		for (const word of ['one', 'two', 'three']) {
			echo.write(word);
			const [chunk] = (await once(echo, 'data')) as [Buffer];
			expect(String(chunk)).toBe(word);
		}
		echo.end();
		await once(echo, 'end');
		const endless: ClientHttp2Stream = session.request({ ':path': '/endless' });
		await once(endless, 'response');
		endless.pause();
		let before = -1;
		while (before !== ends.written) {
			before = ends.written;
			await new Promise((resolve) => setTimeout(resolve, 100));
		}
		expect(ends.written).toBeGreaterThan(0);
		expect(ends.written).toBeLessThan(2 * 1024 * 1024);
		endless.on('error', () => {});
		endless.close(ErrorCode.CANCEL);
		while (ends.outcomes.length === 0) await new Promise((resolve) => setTimeout(resolve, 10));
		expect(ends.outcomes).toEqual([{ reason: 'reset', code: ErrorCode.CANCEL }]);
	});
});

test('ADAPT-27: bytes middleware answers what a rich application throws', async () => {
	const { url, log } = await served(
		gatewayToRich(bytesStamp(richToGateway(routes({ outcomes: [], written: 0, begun: Promise.withResolvers() })))),
	);
	const failed = await command('curl', ['--silent', '--include', `${url}/fail`]);
	expect(failed.stdout).toContain('HTTP/1.1 500 Caught\r\n');
	expect(failed.stdout).toContain('caught: Error: no\n');
	expect(log).toEqual([]);
});
