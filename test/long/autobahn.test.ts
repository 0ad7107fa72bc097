/**
 * The Autobahn test suite, all 517 cases, over HTTP/1.1 and, by a bridge of node:http2, over HTTP/2. Its `wstest` wants Python
 * 2.7, which Debian has no more: `python2.7 -m virtualenv v && v/bin/pip install autobahntestsuite`, and WSTEST=v/bin/wstest.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { websocket } from 'rsgi/websocket';
import { expect, test } from 'vitest';
import { succeed } from '../support/command.ts';
import { folder } from '../support/folder.ts';
import { overHttp2 } from '../support/http2-bridge.ts';
import { record } from '../support/record.ts';
import { served } from '../support/served.ts';

const WSTEST = process.env.WSTEST ?? 'wstest';
const CASES = 517;

interface Result {
	readonly behavior: string;
	readonly behaviorClose: string;
}

test.each([
	{ name: 'HTTP/1.1', http2: false },
	{ name: 'HTTP/2', http2: true },
])('Autobahn, 517 cases over $name', async ({ name, http2 }) => {
	let version = '';
	const app = websocket(
		{
			open(socket) {
				version = socket.exchange.httpVersion;
			},
			message(socket, message) {
				socket.send(message);
			},
		},
		{
			origins: 'any',
			compression: { contextTakeover: true, threshold: 0 },
			limits: { messageSize: 32 * 1024 * 1024, messageFrames: 1024 * 1024 },
		},
	);
	const { url, log } = await served(app);
	const at = folder();
	const spec = {
		outdir: join(at, 'report'),
		servers: [{ agent: 'rsgi', url: http2 ? await overHttp2(url) : url.replace('http', 'ws') }],
		cases: ['*'],
		'exclude-cases': [],
		'exclude-agent-cases': {},
	};
	writeFileSync(join(at, 'spec.json'), JSON.stringify(spec));
	await succeed(WSTEST, ['-m', 'fuzzingclient', '-s', join(at, 'spec.json')]);
	const report = JSON.parse(readFileSync(join(at, 'report', 'index.json'), 'utf8')) as { rsgi: Record<string, Result> };
	const results = Object.entries(report.rsgi);
	const good = (said: string): boolean => said === 'OK' || said === 'INFORMATIONAL';
	const wrong = results.filter(([, { behavior, behaviorClose }]) => !good(behavior) || !good(behaviorClose));
	const informational = results.filter(([, { behavior }]) => behavior === 'INFORMATIONAL').length;
	record(
		`Autobahn over ${name}`,
		`${results.length - wrong.length} of ${results.length} cases good, ${informational} of them informational`,
	);
	expect(version).toBe(http2 ? '2' : '1.1');
	expect(wrong).toEqual([]);
	expect(results.length).toBe(CASES);
	expect(log.filter(({ source }) => source !== 'peer')).toEqual([]);
});
