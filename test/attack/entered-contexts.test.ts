/** What an application enters by `AsyncLocalStorage.enterWith`, and the requests that come in the same read. */
import { AsyncLocalStorage } from 'node:async_hooks';
import { once } from 'node:events';
import { connect } from 'node:http2';
import { type RichApp, rich, serve, utf8 } from 'rsgi';
import { fetchToRich, gatewayToRich, nodeToRich } from 'rsgi/adapters';
import { fetch as fetchApp } from 'rsgi/fetch';
import { bytes, gateway } from 'rsgi/gateway';
import { node } from 'rsgi/node';
import { expect, onTestFinished, test } from 'vitest';
import { RawClient } from '../support/raw-client.ts';
import { served } from '../support/served.ts';

const identity = new AsyncLocalStorage<string>();

/** What was there, and what is there now. */
function entered(path: string): string {
	const before = identity.getStore();
	identity.enterWith(path);
	return `<${before} ${identity.getStore()}>`;
}

const apps: [layer: string, app: RichApp][] = [
	[
		'rich',
		rich((exchange) => {
			exchange.respond(200);
			exchange.end(utf8(entered(exchange.target)));
		}),
	],
	[
		'gateway',
		gatewayToRich(
			gateway((environ, startResponse) => {
				startResponse(bytes('200 OK'), []);
				return [utf8(entered(String(environ.PATH_INFO)))];
			}),
		),
	],
	['fetch', fetchToRich(fetchApp((request) => new Response(entered(new URL(request.url).pathname))))],
	[
		'fetch, later',
		fetchToRich(
			fetchApp(async (request) => {
				const said = entered(new URL(request.url).pathname);
				await null;
				return new Response(`${said}${identity.getStore()}`);
			}),
		),
	],
	['node', nodeToRich(node((req, res) => res.end(entered(String(req.url)))))],
];

test.each(apps)('RICH-51: what a %s application enters is not there for another request', async (_layer, app) => {
	const { port, url } = await served(app);
	const client = new RawClient(port);
	await client.send(
		'GET /1 HTTP/1.1\r\nHost: a\r\n\r\nGET /2 HTTP/1.1\r\nHost: a\r\n\r\nGET /3 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n',
	);
	await client.closed();
	for (const path of ['/1', '/2', '/3']) expect(client.received).toContain(`<undefined ${path}>`);
	const session = connect(url);
	onTestFinished(() => session.close());
	await once(session, 'connect');
	// In one packet: they are all in one read of the server's.
	const answers = ['/1', '/2', '/3'].map((path) => session.request({ ':path': path }).setEncoding('utf8').toArray());
	const [one, two, three] = (await Promise.all(answers)).map((chunks) => chunks.join(''));
	expect(one).toContain('<undefined /1>');
	expect(two).toContain('<undefined /2>');
	expect(three).toContain('<undefined /3>');
});

test('RICH-51: what the server was made in is there for all', async () => {
	const app = nodeToRich(node((_req, res) => res.end(identity.getStore())));
	const server = await identity.run('the process', () => serve(app, { port: 0 }));
	onTestFinished(() => server.close({ graceful: false }));
	expect(await (await fetch(server.url)).text()).toBe('the process');
});
