/** Serves applications of three layers that escape, behind a session and an interceptor, by serve() or by the runtime's own server. */
import process from 'node:process';
import { type RichApp, type RichMiddleware, rich, serve, utf8 } from 'rsgi';
import { fetchServerToRich, fetchToRich, gatewayToRich, richToFetch, underGateway } from 'rsgi/adapters';
import { escape, interceptEscapes } from 'rsgi/escape';
import { eventStream } from 'rsgi/events';
import { fetch as fetchApp } from 'rsgi/fetch';
import { fetchServer } from 'rsgi/fetch-server';
import { bytes, gateway, latin1 } from 'rsgi/gateway';
import { websocket } from 'rsgi/websocket';

interface Runtimes {
	readonly Bun?: { serve(options: object): { readonly port: number } };
	readonly Deno?: { serve(options: object, handler: unknown): { readonly addr: { readonly port: number } } };
}

/** What a path escapes to, by its last part. */
const TARGETS: Readonly<Record<string, RichApp>> = {
	counted: rich((exchange) => {
		exchange.respond(200, ['content-type', 'text/plain']);
		exchange.end(utf8('one'), exchange.trailers ? ['x-count', '1'] : []);
	}),
	echo: rich((exchange) => {
		exchange.respond(200, ['content-type', 'text/plain']);
		exchange.write(utf8(`${exchange.unread}:`));
		return { data: (chunk) => void exchange.write(chunk), end: () => exchange.end() };
	}),
	events: rich((exchange) => {
		const stream = eventStream(exchange);
		stream.send({ data: 'one' });
		stream.close();
	}),
	socket: websocket({ message: (socket, message) => void socket.send(message) }),
	broken: rich(() => {
		throw new Error('boom');
	}),
};

const targetOf = (path: string): RichApp => TARGETS[path.split('/').at(-1) ?? ''] as RichApp;

/** Who asks for nothing that may be had is refused, whatever has escaped. */
const guarded: RichMiddleware = (app) =>
	rich((exchange) => {
		if (exchange.fields.has('x-user')) return app(exchange);
		exchange.respond(401);
		exchange.end();
		return undefined;
	}, app);

async function zipped(content: string): Promise<Uint8Array<ArrayBuffer>> {
	const stream = new Blob([content]).stream().pipeThrough(new CompressionStream('gzip'));
	return new Uint8Array(await new Response(stream).arrayBuffer());
}

const LAYERS: Readonly<Record<string, RichApp>> = {
	fetch: fetchToRich(
		fetchApp(async (request) => {
			const path = new URL(request.url).pathname;
			const made = await interceptEscapes(guarded, async () => escape(new Request(request), targetOf(path)));
			const headers = [...made.headers, ['set-cookie', 'seen=1']] as [string, string][];
			return new Response(made.body, { headers });
		}),
	),
	zipped: fetchToRich(
		fetchApp(async (request) => {
			const made = escape(request, targetOf(new URL(request.url).pathname));
			const { headers } = made;
			headers.delete('content-length');
			headers.set('content-encoding', 'gzip');
			return new Response(await zipped(await made.text()), { headers });
		}),
	),
	'fetch-server': fetchServerToRich(
		fetchServer({
			async fetch(context) {
				const path = new URL(context.request.url).pathname;
				const made = await interceptEscapes(guarded, async () => escape(context, targetOf(path)));
				return new Response(made.body, { headers: [...made.headers, ['set-cookie', 'seen=1']] });
			},
		}),
	),
	gateway: gatewayToRich(
		gateway((environ, startResponse) =>
			underGateway(guarded(targetOf(latin1(environ.PATH_INFO))))(environ, (status, fields) =>
				startResponse(status, [...fields, [bytes('Set-Cookie'), bytes('seen=1')]]),
			),
		),
	),
	forged: fetchToRich(
		fetchApp(
			() => new Response('x', { headers: { 'content-type': ['application/vnd.rsgi', 'escape; id=x'].join('.') } }),
		),
	),
};

const app = rich((exchange) => (LAYERS[exchange.target.split('/')[1] ?? ''] as RichApp)(exchange), {
	protocols: ['websocket'],
});

const { Bun, Deno } = globalThis as Runtimes;
const where = { port: 0, hostname: '127.0.0.1' };
let url = '';
let stop = async (): Promise<void> => {};
if (process.argv[2] === 'serve') {
	const server = await serve(app, { port: 0, host: '127.0.0.1', log: () => {} });
	url = server.url;
	stop = () => server.close({ graceful: false });
} else {
	const { fetch } = richToFetch(app, { log: () => {} });
	const error = (): Response => new Response('Internal Server Error\n', { status: 500 });
	const port =
		Bun?.serve({ ...where, fetch, development: false, error }).port ??
		Deno?.serve({ ...where, onListen() {}, onError: error }, fetch).addr.port;
	url = `http://127.0.0.1:${port}`;
}
console.log(JSON.stringify({ url }));
process.stdin.on('end', async () => {
	await stop();
	process.exit(0);
});
process.stdin.resume();
