/** ESC-57: what logs read from Node's response when an application has answered in its place. */
import { type RichApp, rich, utf8 } from 'rsgi';
import { escape } from 'rsgi/escape';
import { describe, expect, test } from 'vitest';
import type { PairRequest } from '../../src/rich/pair.ts';
import { askedNode, turns } from '../support/node-request.ts';
import { tagIn } from '../support/tag-watch/tag-scan.ts';

/** Status, message and headers, when the response has finished. */
type Shown = readonly [
	status: number,
	message: string,
	type: unknown,
	length: unknown,
	caching: unknown,
	added: unknown,
];

async function shown(app: RichApp, request: PairRequest = {}, leaves = false): Promise<Shown> {
	const over = Promise.withResolvers<Shown>();
	const { client } = askedNode((req, res) => {
		res.setHeader('X-Added', '1');
		res.once('close', () => {
			const [type, length, caching] = ['content-type', 'content-length', 'cache-control'].map((name) =>
				res.getHeader(name),
			);
			const tag = tagIn(JSON.stringify(res.getHeaders()));
			if (tag !== null) over.reject(new Error(`The headers show ${tag}`));
			over.resolve([res.statusCode, res.statusMessage, type, length, caching, res.getHeader('x-added')]);
		});
		escape(req, res, app);
	}, request);
	await turns(20);
	if (leaves) client.lose();
	return over.promise;
}

describe('ESC-57: Node’s response shows what was sent in the place of the placeholder', () => {
	test('status, type, length and caching', async () => {
		const missing = rich((exchange) => {
			exchange.respond(404, ['Content-Type', 'text/plain', 'content-length', '2']);
			exchange.end(utf8('no'));
		});
		expect(await shown(missing)).toEqual([404, 'Not Found', 'text/plain', '2', undefined, '1']);
		const stored = rich((exchange) => {
			exchange.respond(299, ['cache-control', 'max-age=1'], 'Fine');
			exchange.end();
		});
		expect(await shown(stored)).toEqual([299, 'Fine', undefined, undefined, 'max-age=1', '1']);
	});

	test('a tunnel, by each version', async () => {
		const accepting = rich((exchange) => {
			exchange.accept?.([], {}).end();
		});
		const websocket = { protocol: 'websocket' };
		const first = await shown(accepting, { ...websocket, httpVersion: '1.1' }, true);
		expect(first).toEqual([101, 'Switching Protocols', undefined, undefined, undefined, '1']);
		const second = await shown(accepting, { ...websocket, method: 'CONNECT', httpVersion: '2' }, true);
		expect(second).toEqual([200, 'OK', undefined, undefined, undefined, '1']);
	});

	test('nothing of the placeholder, where the application has not responded, or failed', async () => {
		const silent = rich((exchange) => exchange.abort());
		expect(await shown(silent)).toEqual([200, 'OK', undefined, undefined, undefined, '1']);
		const broken = rich(() => {
			throw new Error('boom');
		});
		expect((await shown(broken)).slice(0, 2)).toEqual([500, 'Internal Server Error']);
	});
});
