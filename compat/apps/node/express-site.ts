/** A site of Express, the same for its versions 4 and 5, with the middleware that everybody has. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import busboy from 'busboy';
import compression from 'compression';
import timeout from 'connect-timeout';
import cookieParser from 'cookie-parser';
import cors from 'cors';
import type { Express, NextFunction, Request, Response } from 'express';
import { rateLimit } from 'express-rate-limit';
import session from 'express-session';
import helmet from 'helmet';
import { createProxyMiddleware } from 'http-proxy-middleware';
import morgan from 'morgan';
import multer from 'multer';
import onFinished from 'on-finished';
import send from 'send';
import { broken, chunks, echoed, LARGE, PUBLIC } from '../content.ts';
import { upstream } from '../upstream.ts';
import { tell, toldOf } from '../watched.ts';

/** What of the module `express` is used: both versions have it. */
export interface ExpressModule {
	(): Express;
	json(options?: object): never;
	urlencoded(options?: object): never;
	text(options?: object): never;
	raw(options?: object): never;
	static(root: string, options?: object): never;
}

declare module 'express-session' {
	interface SessionData {
		visits: number;
	}
}

const lines: string[] = [];

export async function expressSite(express: ExpressModule): Promise<Express> {
	const app = express();
	app.set('trust proxy', 1);
	app.use(
		morgan(':method :url :status :res[content-length] :res[content-type] :referrer', {
			stream: { write: (line) => void lines.push(line) },
			skip: (request) => !request.url?.startsWith('/logged'),
		}),
	);
	app.use('/helmet', helmet());
	app.use('/api', cors({ origin: ['https://app.test'], credentials: true, maxAge: 600, exposedHeaders: ['x-total'] }));
	for (const path of ['/large', '/stream', '/events', '/static', '/hello'])
		app.use(path, compression({ threshold: 100 }));
	app.use('/cookies', cookieParser('secret'));
	app.use(
		'/session',
		session({ secret: 'secret', resave: false, saveUninitialized: true, cookie: { maxAge: 600_000 } }),
	);
	app.use('/limited', rateLimit({ windowMs: 600_000, limit: 2, standardHeaders: 'draft-8', legacyHeaders: true }));
	app.use('/slow', timeout('50ms'));
	app.use(
		'/proxy',
		createProxyMiddleware({
			target: await upstream(),
			changeOrigin: true,
			headers: { 'x-by': 'proxy' },
			proxyTimeout: 5000,
		}),
	);
	const parsers = [
		express.json({ limit: 100_000 }),
		express.urlencoded({ extended: true }),
		express.text(),
		express.raw({ limit: 100_000 }),
	];

	app.get('/hello', (_request, response) => void response.send('hello'));
	app.get('/logged/hello', (_request, response) => void response.send('hello'));
	app.get('/logged/stream', (_request, response) => void Readable.from(chunks(3, 10)).pipe(response));
	app.get('/logged/nothing', (_request, response) => void response.status(204).end());
	app.get(
		'/lines',
		({ query }, response) => void response.end(lines.filter((line) => line.includes(`key=${query.key}`)).join('')),
	);
	app.get('/json', (_request, response) => void response.json({ hello: 'world', list: [1, 2, 3] }));
	app.get(
		'/query',
		({ query, url, originalUrl, path }, response) => void response.json({ query, url, originalUrl, path }),
	);
	app.get('/params/:name', ({ params, path }, response) => void response.json({ params, path }));
	app.all('/echo', (request, response) => {
		const { method, url, headers, protocol, hostname, ip, ips, secure, xhr } = request;
		const fields = echoed(Object.entries(headers));
		response.json({ method, url, fields, protocol, hostname, ip, ips, secure, xhr });
	});
	app.get('/negotiated', (_request, response) => {
		response.format({
			text: () => response.send('text'),
			html: () => response.send('<p>html'),
			json: () => response.send({ json: true }),
		});
	});
	app.get('/redirect', (_request, response) => response.redirect('/hello'));
	app.get('/redirect/back', (request, response) => response.redirect(303, request.get('referer') ?? '/'));
	app.get('/status/:code', ({ params }, response) => void response.status(Number(params.code)).end());
	app.get('/length', (_request, response) => {
		response.set('Content-Length', '5');
		response.write('he');
		response.end('llo');
	});
	app.get('/fields', (_request, response) => {
		response.setHeader('X-Two', ['a', 'b']);
		response.append('Vary', 'Accept');
		response.vary('Cookie');
		response.links({ preload: '/style.css' });
		response.set('X-Empty', '');
		response.statusMessage = 'Fine';
		response.type('html').send('<p>hello');
	});
	app.get('/hints', (_request, response) => {
		response.writeEarlyHints(
			{ link: ['</style.css>; rel=preload; as=style', '</app.js>; rel=preload'], 'x-trace': 'id' },
			() => {},
		);
		response.send('hinted');
	});
	app.get('/processing', (_request, response) => {
		response.writeProcessing();
		response.send('processed');
	});
	app.get('/trailers', (_request, response) => {
		response.setHeader('Trailer', 'X-Sum');
		response.write('content');
		response.addTrailers({ 'X-Sum': 'abc' });
		response.end();
	});
	app.get('/raw-head', (_request, response) => {
		response.writeHead(202, 'Taken', ['X-One', '1', 'X-Two', 'a', 'X-Two', 'b', 'Content-Type', 'text/plain']);
		response.end('raw');
	});

	app.post('/body', ...parsers, ({ body }, response) => {
		response.json(Buffer.isBuffer(body) ? { octets: body.toString('hex') } : { body: body ?? null });
	});
	app.all('/count', async (request, response) => {
		let octets = 0;
		for await (const chunk of request) octets += (chunk as Buffer).length;
		response.json({ method: request.method, octets, complete: request.complete });
	});
	app.post('/mirror', (request, response) => void request.pipe(response));
	app.post('/unread', (_request, response) => void response.send('not read'));
	const files = multer({ storage: multer.memoryStorage(), limits: { fileSize: 1_000_000 } });
	app.post('/upload', files.array('files') as never, (request: Request, response: Response) => {
		const seen = (request.files as Express.Multer.File[] | undefined) ?? [];
		response.json({
			body: request.body ?? null,
			files: seen.map(({ originalname, mimetype, size, fieldname }) => ({ fieldname, originalname, mimetype, size })),
		});
	});
	app.post('/busboy', (request, response, next) => {
		const seen: unknown[] = [];
		const parser = busboy({ headers: request.headers, limits: { fileSize: 1_000_000 } });
		parser.on('file', (name, file, { filename, mimeType }) => {
			let size = 0;
			file.on('data', (chunk: Buffer) => {
				size += chunk.length;
			});
			file.on('error', () => {});
			file.on('close', () =>
				seen.push({ name, filename, mimeType, size, cut: (file as { truncated?: boolean }).truncated }),
			);
		});
		parser.on('field', (name, value) => seen.push({ name, value }));
		parser.on('close', () => {
			if (!response.headersSent) response.json(seen);
		});
		parser.on('error', next);
		request.pipe(parser);
	});

	app.use('/static', express.static(PUBLIC));
	app.get('/send/:name', (request, response) => {
		const stream = send(request, `/${request.params.name}`, { root: PUBLIC, maxAge: 60_000 });
		stream.on('error', (error: { status?: number }) => response.status(error.status ?? 500).end('no such file'));
		stream.pipe(response);
	});
	app.get('/download', (_request, response) => response.download(`${PUBLIC}/file.txt`, 'naïve name.txt'));
	app.get('/attachment', (_request, response) => void response.attachment('x.pdf').send(Buffer.from('pdf')));

	app.get('/large', (_request, response) => void response.type('text').send(LARGE));
	app.get(
		'/large/no-transform',
		(_request, response) => void response.set('Cache-Control', 'no-transform').send(LARGE),
	);
	app.get('/api/items', (_request, response) => void response.set('X-Total', '1').json(['item']));
	app.get('/helmet', (_request, response) => void response.send('safe'));
	app.get('/limited', ({ ip }, response) => void response.end(`within the limit: ${ip}`));
	app.get('/cookies', ({ cookies, signedCookies }, response) => void response.json({ cookies, signedCookies }));
	app.get('/cookies/set', (_request, response) => {
		response.cookie('plain', 'v', { httpOnly: true, sameSite: 'lax', maxAge: 600_000 });
		response.cookie('coded', 'a b;✓');
		response.cookie('signed', 'value', { signed: true });
		response.send('set');
	});
	app.get('/cookies/clear', (_request, response) => void response.clearCookie('plain').send('cleared'));
	app.get('/session', (request, response) => {
		request.session.visits = (request.session.visits ?? 0) + 1;
		response.json({ visits: request.session.visits });
	});
	app.post('/session/end', (request, response, next) => {
		request.session.destroy((error: unknown) => (error ? next(error) : void response.send('ended')));
	});

	app.get('/stream', (_request, response) => {
		response.type('text');
		Readable.from(chunks(5, 20)).pipe(response);
	});
	app.get('/stream/large', (_request, response) => pipeline(Readable.from(chunks(64, 16_384)), response));
	app.get('/stream/pipe', async (_request, response) => {
		for await (const chunk of chunks(20, 5000)) {
			if (!response.write(chunk)) await new Promise((resolve) => response.once('drain', resolve));
		}
		response.end();
	});
	app.get('/stream/broken', (_request, response) => {
		pipeline(Readable.from(broken()), response).catch(() => {});
	});
	app.get('/events', async (_request, response) => {
		response.writeHead(200, { 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-cache' });
		response.flushHeaders();
		for (let id = 1; id <= 3; id++) {
			response.write(`id: ${id}\nevent: tick\ndata: first\n\n`);
			(response as Response & { flush?(): void }).flush?.();
			await new Promise((resolve) => setImmediate(resolve));
		}
		response.end();
	});
	app.get('/watched', ({ query }, response) => {
		const key = String(query.key);
		const timer = setInterval(() => response.write('tick\n'), 5);
		response.on('close', () => {
			clearInterval(timer);
			tell(key, `close ${response.writableEnded} ${response.writableFinished} ${response.destroyed} over`);
		});
		response.on('finish', () => tell(key, 'finish'));
	});
	app.get('/hang', (request, response) => {
		const key = String(request.query.key);
		tell(key, 'begun');
		request.on('aborted', () => tell(key, 'request aborted'));
		response.on('finish', () => tell(key, 'response finish'));
		onFinished(response, (error) => tell(key, `finished ${error?.message ?? 'well'} ${response.headersSent}`));
		// In which order the two close is told by neither.
		response.on('close', () => setImmediate(() => tell(key, 'over')));
	});
	app.post('/received', (request) => {
		const key = String(request.query.key);
		tell(key, 'begun');
		request.resume();
		request.on('end', () => tell(key, 'all received'));
		request.on('error', (error: NodeJS.ErrnoException) => tell(key, `error ${error.code} ${error.message}`));
		request.on('close', () => setImmediate(() => tell(key, `complete ${request.complete} ${request.destroyed} over`)));
	});
	app.get('/log', ({ query }, response) => void response.type('text').send(toldOf(String(query.key))));
	app.get('/events-of-response', ({ query }, response) => {
		const key = String(query.key);
		for (const event of ['prefinish', 'finish', 'close']) response.on(event, () => tell(key, event));
		onFinished(response, () => tell(key, 'on-finished'));
		response.on('close', () => setImmediate(() => tell(key, 'over')));
		response.send('told');
	});

	const thrown = (): never => {
		throw new Error('thrown');
	};
	app.all('/throw', thrown);
	app.get('/throw/async', (_request, _response, next) => void setImmediate(() => next(new Error('thrown later'))));
	app.get('/throw/status', (_request, _response, next) =>
		next(Object.assign(new Error('a teapot'), { status: 418, headers: { 'x-kind': 'tea' }, expose: true })),
	);
	app.get('/throw/later', (_request, response, next) => {
		response.write('begun\n', () => next(new Error('thrown in a stream')));
	});
	app.get('/destroyed', (_request, response) => {
		response.write('begun\n', () => response.destroy());
	});
	app.get('/slow', () => {});
	app.get('/twice', (_request, response) => {
		response.send('once');
		const failures: string[] = [];
		try {
			response.setHeader('X-Late', '1');
		} catch (error) {
			failures.push((error as NodeJS.ErrnoException).code ?? '');
		}
		tell('twice', failures.join());
	});
	app.use('/handled', () => {
		throw Object.assign(new Error('handled'), { status: 409 });
	});
	app.use('/handled', (error: Error, _request: Request, response: Response, _next: NextFunction) => {
		response.status(409).json({ handled: error.message });
	});
	return app;
}

/** As node:http and node() call it. */
export type ExpressListener = (request: IncomingMessage, response: ServerResponse) => void;
