/** Registrations that come late: in the layers whose code goes on when its exchange is over, or its response has been begun; and in time. */
import { type RichMiddleware, rich, utf8 } from 'rsgi';
import { fetchServerToRich, fetchToRich, nodeToRich } from 'rsgi/adapters';
import { type Discarded, escape, interceptEscapes, placeholder } from 'rsgi/escape';
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

/** The same, of one that answers with a page. */
const ANSWERING: typeof LAYERS = {
	fetch: (handle) => fetchToRich(fetchApp((request) => paged(() => handle(request)))),
	'the Fetch Server API': (handle) => fetchServerToRich(fetchServer({ fetch: (ctx) => paged(() => handle(ctx)) })),
	node: (handle) =>
		nodeToRich(
			node((req, res) => {
				handle(req);
				res.end('page');
			}),
		),
};

function paged(run: () => void): Response {
	run();
	return new Response('page');
}

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

test('ESC-58: what waits for the content of a request of Node’s can escape when it comes, behind its interceptors', async () => {
	const log: string[] = [];
	const noting: RichMiddleware = (app) =>
		rich((exchange) => {
			log.push('noted');
			return app(exchange);
		}, app);
	const told: string[] = [];
	const app = nodeToRich(
		node((req, res) =>
			interceptEscapes(noting, () => {
				req.on('data', (chunk) => told.push(String(chunk)));
				req.on('end', () => escape(req, res, answer));
			}),
		),
	);
	const { client, log: got } = recorded(app, { method: 'POST', hasContent: true });
	await turns();
	for (const chunk of ['one', 'two']) {
		client.send(utf8(chunk));
		await turns();
	}
	client.end();
	await turns();
	expect([told, log, got.at(-1)]).toEqual([['one', 'two'], ['noted'], 'end']);
});

describe('ESC-26: what is registered when the client has left is discarded at once, and no fault', () => {
	for (const [layer, make] of Object.entries(LAYERS)) {
		test(`in ${layer}`, async () => {
			const left = Promise.withResolvers<void>();
			const said = Promise.withResolvers<string>();
			const discards: Discarded[] = [];
			const app = make((request) => {
				void left.promise.then(() => {
					said.resolve(thrown(() => placeholder(request, answer, { discarded: (why) => void discards.push(why) })));
				});
			});
			const { client, faults } = recorded(app);
			await turns();
			client.lose();
			left.resolve();
			expect(await said.promise).toBe('nothing was thrown');
			expect([discards, faults]).toEqual([[{ reason: 'ended', outcome: { reason: 'lost', code: 0 } }], []]);
		});
	}
});

describe('ESC-5: a registration that comes too late is refused', () => {
	for (const [layer, make] of Object.entries(ANSWERING)) {
		test(`when the exchange is complete, in ${layer}`, async () => {
			const over = Promise.withResolvers<void>();
			const said = Promise.withResolvers<string>();
			const app = make((request) => {
				void over.promise.then(() => said.resolve(thrown(() => placeholder(request, answer))));
			});
			const client = recorded(app);
			await turns();
			expect(client.text).toBe('page');
			over.resolve();
			expect(await said.promise).toContain('ESC-5');
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
