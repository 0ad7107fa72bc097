/** spec/rich.md RICH-5 for applications that have escaped: the layer above has the exchange's handler until they attach one. */
import { rich, utf8 } from 'rsgi';
import { fetchServerToRich, fetchToRich, gatewayToRich, nodeToRich } from 'rsgi/adapters';
import { escape } from 'rsgi/escape';
import { fetch as fetchLayer } from 'rsgi/fetch';
import { fetchServer } from 'rsgi/fetch-server';
import { gateway, type Upgrade } from 'rsgi/gateway';
import { node } from 'rsgi/node';
import { describe, expect, test } from 'vitest';
import { command } from '../support/command.ts';
import { served } from '../support/served.ts';

const SIZE = 300_000;

/** Attaches when the client has long taken what was written first; `told` has what its handler was told. */
function late(told: string[], again: boolean) {
	return rich(async (exchange) => {
		exchange.respond(200, ['content-type', 'text/plain']);
		told.push(`first ${exchange.write(new Uint8Array(SIZE).fill(120))}`);
		// Nothing tells before a handler is attached: the client's own sign is that it has the first part.
		await taken;
		if (again) told.push(`second ${exchange.write(new Uint8Array(SIZE).fill(120))}`);
		return {
			drain() {
				told.push('drain');
				exchange.end(utf8('.'));
			},
			closed: ({ reason }) => void told.push(reason),
		};
	});
}
let take: () => void = () => {};
let taken: Promise<void> = Promise.resolve();

describe.each([
	[
		'gateway',
		(app: ReturnType<typeof late>) =>
			gatewayToRich(gateway((environ, start) => (environ['rsgi.upgrade'] as Upgrade)(app, start))),
	],
	['fetch', (app: ReturnType<typeof late>) => fetchToRich(fetchLayer((request) => escape(request, app)))],
	[
		'fetch-server',
		(app: ReturnType<typeof late>) => fetchServerToRich(fetchServer({ fetch: (ctx) => escape(ctx, app) })),
	],
	['node', (app: ReturnType<typeof late>) => nodeToRich(node((req, res) => void escape(req, res, app)))],
] as const)('RICH-5: a drain of an application that escaped from the %s layer', (_name, make) => {
	test.each(['--http1.1', '--http2-prior-knowledge'])('comes when it attaches, and once (%s)', async (version) => {
		for (const again of [false, true]) {
			taken = new Promise((resolve) => {
				take = resolve;
			});
			const told: string[] = [];
			const at = await served(make(late(told, again)));
			const args = ['-sSN', version, '--max-time', '20', at.url];
			const { bytes: content } = await command('curl', args, undefined, (output) => {
				if (output.length >= SIZE) take();
			});
			expect(content.length).toBe((again ? 2 : 1) * SIZE + 1);
			await expect.poll(() => told).toEqual(['first false', ...(again ? ['second false'] : []), 'drain', 'complete']);
		}
	});
});
