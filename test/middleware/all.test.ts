/** spec/middleware.md §1: what all middleware has in common. */
import { readFileSync } from 'node:fs';
import { bytes, gateway } from 'rsgi/gateway';
import { metrics } from 'rsgi/metrics';
import { accessLog } from 'rsgi/middleware/access-log';
import { cleanFields } from 'rsgi/middleware/clean-fields';
import { type Coding, compression } from 'rsgi/middleware/compression';
import { errorPages } from 'rsgi/middleware/error-pages';
import { health } from 'rsgi/middleware/health';
import { mount } from 'rsgi/middleware/mount';
import { mountRich } from 'rsgi/middleware/mount-rich';
import { requestIds } from 'rsgi/middleware/request-ids';
import { type PrecompressedCoding, staticFiles } from 'rsgi/middleware/static-files';
import { trustProxy } from 'rsgi/middleware/trust-proxy';
import { tracing } from 'rsgi/tracing';
import { type Finding, validateRich } from 'rsgi/validate';
import { describe, expect, test } from 'vitest';
import { type RichApp, type RichMiddleware, rich } from '../../src/rich/app.ts';
import type { Exchange, Tunnel } from '../../src/rich/exchange.ts';
import type { PairRequest } from '../../src/rich/pair.ts';
import { utf8 } from '../../src/wire/utf8.ts';
import { answered } from '../support/answered.ts';
import { recorded } from '../support/recorded-client.ts';
import { RecordingHandler } from '../support/recording-handler.ts';
import { refusal } from '../support/refusal.ts';
import { routesApp } from '../support/routes-app.ts';
import { settled } from '../support/settled.ts';

const ALL: readonly { name: string; middleware: RichMiddleware }[] = [
	{ name: 'accessLog', middleware: accessLog({ to: () => {} }) },
	{ name: 'cleanFields', middleware: cleanFields() },
	{ name: 'compression', middleware: compression({ threshold: 0 }) },
	{ name: 'errorPages', middleware: errorPages() },
	{ name: 'count', middleware: metrics().count },
	{ name: 'health', middleware: health({ path: '/up' }) },
	{ name: 'requestIds', middleware: requestIds() },
	{ name: 'staticFiles', middleware: staticFiles('src', { prefix: '/files' }) },
	{ name: 'tracing', middleware: tracing() },
	{ name: 'trustProxy', middleware: trustProxy({ proxies: 1 }) },
];

/** So that nothing is fit to be passed on without a wrapper, where there is one. */
const ASKING = ['x_odd', '1', 'accept-encoding', 'gzip', 'x-forwarded-for', '192.0.2.1'];

const bytesApp = gateway((_environ, startResponse) => {
	startResponse(bytes('200 OK'), []);
	return [];
});

describe.each(ALL)('$name', ({ name, middleware }) => {
	test('MW-1: refuses what is no rich application, with the fix', () => {
		const unmarked = (() => {}) as unknown as RichApp;
		expect(refusal('RICH-3', () => middleware(unmarked))).toContain(`${name}()`);
		expect(refusal('RICH-3', () => middleware(bytesApp as unknown as RichApp))).toContain('gateway layer');
	});

	test('MW-1: keeps start, stop and protocols', () => {
		const hooks = { start() {}, stop() {}, protocols: ['websocket'] };
		const app = middleware(rich(() => {}, hooks));
		expect({ start: app.start, stop: app.stop, protocols: app.protocols }).toEqual(hooks);
	});

	test('MW-2: events reach the handler that is returned', async () => {
		const handler = new RecordingHandler();
		const app = rich((exchange) => {
			exchange.respond(200);
			exchange.end();
			return handler;
		});
		const { client, faults } = recorded(middleware(app), { method: 'POST', hasContent: true, fields: ASKING });
		client.send(utf8('question'));
		await settled();
		client.reprioritize({ urgency: 1, incremental: true });
		client.end(['x-sum', '1']);
		await settled();
		expect(handler.log).toEqual(['data question', 'priority 1 true', 'end x-sum: 1', 'closed complete 0']);
		expect(faults).toEqual([]);
	});

	test('MW-2: a second handler is refused, and so is what is none', async () => {
		let opened: Exchange | null = null;
		const app = rich((exchange) => {
			opened = exchange;
			return {};
		});
		recorded(middleware(app), { fields: ASKING });
		await settled();
		const exchange = opened as unknown as Exchange;
		refusal('RICH-4', () => exchange.attach({ data() {} }));
		refusal('RICH-4', () => exchange.attach('text' as never));
	});

	test('MW-2: a handler that comes late is told how it ended', async () => {
		const handler = new RecordingHandler();
		let opened: Exchange | null = null;
		const app = rich((exchange) => {
			opened = exchange;
			exchange.respond(200);
			exchange.end();
		});
		await answered(middleware(app), { fields: ASKING });
		(opened as unknown as Exchange).attach(handler);
		await settled();
		expect(handler.log).toEqual(['closed complete 0']);
	});

	test('MW-2: what a late handler throws is reported, and ends nothing else', async () => {
		let opened: Exchange | null = null;
		const app = rich((exchange) => {
			opened = exchange;
			exchange.respond(200);
			exchange.end();
		});
		const client = await answered(middleware(app), { fields: ASKING });
		(opened as unknown as Exchange).attach({
			closed() {
				throw new Error('late');
			},
		});
		await settled();
		expect(client.faults).toEqual([new Error('late')]);
	});

	test('MW-2: 100 (Continue) is sent for a handler with data, and for no other', async () => {
		const request = { method: 'POST', hasContent: true, expectsContinue: true, fields: ASKING };
		const asking = recorded(middleware(rich(() => ({ data() {} }))), request);
		const silent = recorded(middleware(rich(() => ({ end() {} }))), request);
		await settled();
		expect(asking.log).toEqual(['continue']);
		expect(silent.log).toEqual([]);
	});

	test('MW-2: content is discarded where nobody attached', async () => {
		const app = rich((exchange) => {
			exchange.respond(204);
			exchange.end();
		});
		const client = recorded(middleware(app), { method: 'POST', hasContent: true, fields: ASKING });
		await settled();
		expect(client.log.filter((line) => line === 'discard')).toEqual(['discard']);
		expect(client.faults).toEqual([]);
	});

	test('MW-2: a tunnel may be accepted after the application has settled', async () => {
		const app = rich((exchange) => {
			setImmediate(() => {
				const tunnel: Tunnel | undefined = exchange.accept?.([], {
					data: (chunk) => tunnel?.write(chunk),
					end: () => tunnel?.end(),
				});
			});
		});
		const connect = { method: 'CONNECT', target: 'example.org:443', authority: 'example.org:443', fields: ASKING };
		const client = recorded(middleware(app), connect);
		client.client.send(utf8('early'));
		client.client.end();
		await settled();
		await settled();
		expect(client.log.map((line) => line.replace(/ x-request-id.*/, ''))).toEqual(['accept', 'data early', 'end']);
		expect(client.faults).toEqual([]);
	});
});

describe.each(ALL)('$name, between two validators', ({ middleware }) => {
	const REQUESTS: readonly PairRequest[] = [
		{ target: '/hello' },
		{ target: '/hello', method: 'HEAD' },
		{ target: '/async', httpVersion: '1.1' },
		{ target: '/head' },
		{ target: '/large?bytes=300000' },
		{ target: '/large?bytes=300000&chunked', httpVersion: '1.0' },
		{ target: '/early' },
		{ target: '/trailers' },
		{ target: '/trailers', httpVersion: '1.1' },
		{ target: '/push' },
		{ target: '/none' },
		{ target: '/dup' },
		{ target: '/abort' },
		{ target: '/throw-late' },
		{ target: '/nowhere' },
	];

	test.each(REQUESTS)('MW-2: $httpVersion $method $target', async (request) => {
		const findings: string[] = [];
		const report = (finding: Finding): void => void findings.push(finding.message);
		const app = validateRich(middleware(validateRich(routesApp().app, { report })), { report });
		await answered(app, { ...request, fields: ASKING });
		await app.stop?.();
		expect(findings).toEqual([]);
	});
});

test('MW-1: options that make no sense', () => {
	expect(refusal('MW-1', () => accessLog({ to: 3 as never }))).toContain('a number');
	refusal('MW-1', () => accessLog({ to: () => {}, format: 'short' as never }));
	refusal('MW-1', () => accessLog({ to: () => {}, waiting: -1 }));
	refusal('MW-1', () => cleanFields({ underscores: 'maybe' as never }));
	refusal('MW-1', () => cleanFields({ repeated: 'last' as never }));
	expect(refusal('MW-1', () => compression({ codings: ['lzma' as Coding] }))).toContain('zstd, br, gzip, deflate');
	refusal('MW-1', () => compression({ threshold: Number.NaN }));
	expect(refusal('MW-1', () => errorPages({ development: 'false' as never }))).toContain('true or false');
	refusal('MW-1', () => requestIds({ field: 'request id' }));
	refusal('MW-1', () => staticFiles('public', { prefix: 'static' }));
	refusal('MW-1', () => staticFiles('public', { precompressed: ['deflate' as PrecompressedCoding] }));
	refusal('MW-1', () => mountRich({ shop: rich(() => {}) }));
	refusal('MW-1', () => mount({ '//localhost:8000/': bytesApp }));
	refusal('MW-1', () => mount({ '/a': bytesApp, '/a/': bytesApp }));
	refusal('RICH-3', () => mountRich({ '/': bytesApp as unknown as RichApp }));
	refusal('GATE-3', () => mount({ '/': rich(() => {}) as never }));
});

test('each has its own subpath, whose source is one middleware', () => {
	const { exports } = JSON.parse(readFileSync('package.json', 'utf8')) as { exports: Record<string, unknown> };
	const names = Object.keys(exports).filter((name) => name.startsWith('./middleware/'));
	expect(names).toHaveLength(10);
});
