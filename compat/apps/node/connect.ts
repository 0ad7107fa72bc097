/** connect, with middleware that asks for nothing more. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import bodyParser from 'body-parser';
import compression from 'compression';
import connect from 'connect';
import timeout from 'connect-timeout';
import cors from 'cors';
import session from 'express-session';
import helmet from 'helmet';
import serveStatic from 'serve-static';
import type { NodeSite } from '../../serve/site.ts';
import { broken, chunks, echoed, LARGE, PUBLIC } from '../content.ts';
import { tell, toldOf } from '../watched.ts';

type Request = IncomingMessage & { body?: unknown; session?: { visits?: number; destroy(done: () => void): void } };

function json(response: ServerResponse, value: unknown): void {
	response.setHeader('Content-Type', 'application/json');
	response.end(JSON.stringify(value));
}

const app = connect();
app.use(helmet() as never);
app.use(compression({ threshold: 100 }) as never);
app.use('/api', cors({ origin: ['https://app.test'], credentials: true }) as never);
app.use('/static', serveStatic(PUBLIC) as never);
app.use('/session', session({ secret: 'secret', resave: false, saveUninitialized: true }) as never);
app.use('/slow', timeout('50ms') as never);
app.use('/body', bodyParser.json({ limit: 100_000 }) as never);
app.use('/body', bodyParser.urlencoded({ extended: true }) as never);
app.use('/body', bodyParser.text() as never);

const routes: Record<string, (request: Request, response: ServerResponse, url: URL) => unknown> = {
	'/hello': (_request, response) => response.end('hello'),
	'/json': (_request, response) => json(response, { hello: 'world' }),
	'/query': (request, response, url) => json(response, { url: request.url, query: [...url.searchParams] }),
	'/echo': ({ method, url, headers }, response) =>
		json(response, { method, url, fields: echoed(Object.entries(headers)) }),
	'/redirect': (_request, response) => response.writeHead(302, { Location: '/hello' }).end(),
	'/length': (_request, response) => response.writeHead(200, { 'Content-Length': 5 }).end('hello'),
	'/fields': (_request, response) => {
		response.setHeaders(new Map([['x-one', '1']]));
		response.appendHeader('X-Two', 'a').appendHeader('X-Two', ['b', 'c']);
		response.writeHead(200, 'Fine', { 'Set-Cookie': ['a=1', 'b=2'] }).end();
	},
	'/body': ({ body }, response) => json(response, { body: body ?? null }),
	'/count': async (request, response) => {
		let octets = 0;
		for await (const chunk of request) octets += (chunk as Buffer).length;
		json(response, { octets });
	},
	'/mirror': (request, response) => request.pipe(response),
	'/unread': (_request, response) => response.end('not read'),
	'/large': (_request, response) => response.writeHead(200, { 'Content-Type': 'text/plain' }).end(LARGE),
	'/api/items': (_request, response) => json(response, ['item']),
	'/session': ({ session: kept }, response) => {
		if (kept !== undefined) kept.visits = (kept.visits ?? 0) + 1;
		json(response, { visits: kept?.visits });
	},
	'/session/end': ({ session: kept }, response) => kept?.destroy(() => response.end('ended')),
	'/stream': (_request, response) => Readable.from(chunks(5, 20)).pipe(response),
	'/stream/large': (_request, response) => Readable.from(chunks(64, 16_384)).pipe(response),
	'/stream/broken': (_request, response) =>
		Readable.from(broken())
			.on('error', () => response.destroy())
			.pipe(response),
	'/watched': (_request, response, url) => {
		const timer = setInterval(() => response.write('tick\n'), 5);
		response.on('close', () => {
			clearInterval(timer);
			tell(url.searchParams.get('key'), 'over');
		});
	},
	'/hang': (request, response, url) => {
		const key = url.searchParams.get('key');
		tell(key, 'begun');
		request.on('aborted', () => tell(key, 'aborted'));
		response.on('close', () => setImmediate(() => tell(key, 'over')));
	},
	'/received': (request, _response, url) => {
		const key = url.searchParams.get('key');
		tell(key, 'begun');
		request.resume();
		request.on('error', (error: NodeJS.ErrnoException) => tell(key, `error ${error.code}`));
		request.on('close', () => setImmediate(() => tell(key, 'over')));
	},
	'/log': (_request, response, url) => response.end(toldOf(url.searchParams.get('key'))),
	'/throw': () => {
		throw new Error('thrown');
	},
	'/slow': () => {},
};

app.use((request: Request, response: ServerResponse, next: (error?: unknown) => void) => {
	const url = new URL((request as connect.IncomingMessage).originalUrl ?? '/', 'http://site.test');
	const route = routes[url.pathname];
	return route === undefined ? next() : route(request, response, url);
});

export const site: NodeSite = { layer: 'node', app: () => app };
