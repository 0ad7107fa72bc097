/** ESC-5, in the layers whose code goes on when its exchange is over, or when its response has been begun. */
import { fetchServerToRich, fetchToRich, nodeToRich } from 'rsgi/adapters';
import { escape, placeholder } from 'rsgi/escape';
import { fetch as fetchApp } from 'rsgi/fetch';
import { fetchServer } from 'rsgi/fetch-server';
import { node } from 'rsgi/node';
import { describe, expect, test } from 'vitest';
import type { RichApp } from '../../src/rich/app.ts';
import { answer } from '../support/escaping-gateway.ts';
import { type RecordedClient, recorded } from '../support/recorded-client.ts';
import { settled } from '../support/settled.ts';

/** Makes an application that hands its request on, and never answers. */
const LAYERS: Readonly<Record<string, (handle: (request: object) => void) => RichApp>> = {
	fetch: (handle) => fetchToRich(fetchApp((request) => silent(() => handle(request)))),
	'the Fetch Server API': (handle) => fetchServerToRich(fetchServer({ fetch: (ctx) => silent(() => handle(ctx)) })),
	node: (handle) => nodeToRich(node((req) => handle(req))),
};

function silent(run: () => void): Promise<never> {
	run();
	return new Promise(() => {});
}

async function turns(): Promise<void> {
	for (let turn = 0; turn < 30; turn++) await settled();
}

/** What is thrown; fails where nothing is. */
function thrown(run: () => unknown): string {
	try {
		run();
	} catch (error) {
		return String(error);
	}
	return 'nothing was thrown';
}

describe('ESC-5: a registration that comes too late is refused', () => {
	for (const [layer, make] of Object.entries(LAYERS)) {
		test(`when the client has left, in ${layer}`, async () => {
			const left = Promise.withResolvers<void>();
			const said = Promise.withResolvers<string>();
			let discards = 0;
			const app = make((request) => {
				void left.promise.then(() => {
					said.resolve(thrown(() => placeholder(request, answer, { discarded: () => void discards++ })));
				});
			});
			const { client } = recorded(app);
			await turns();
			client.lose();
			left.resolve();
			expect([await said.promise, discards]).toEqual([expect.stringContaining('ESC-5'), 0]);
		});
	}

	test('while the placeholder before it is on its way, of a stream and of Node', async () => {
		const said: string[] = [];
		const late = (request: object): void => void said.push(thrown(() => placeholder(request, answer)));
		const streamed = fetchToRich(
			fetchApp((request) => {
				const { body, headers } = escape(request, answer);
				const through = new TransformStream({
					transform(chunk, controller) {
						late(request);
						controller.enqueue(chunk);
					},
				});
				return new Response(body?.pipeThrough(through), { headers });
			}),
		);
		const sent = nodeToRich(
			node((req, res) => {
				escape(req, res, answer);
				said.push(thrown(() => escape(req, res, answer)));
			}),
		);
		const clients: RecordedClient[] = [recorded(streamed), recorded(sent)];
		await turns();
		expect(clients.map(({ text }) => text)).toEqual(['rich', 'rich']);
		expect(said).toEqual([expect.stringContaining('ESC-5'), expect.stringContaining('ESC-5')]);
	});
});
