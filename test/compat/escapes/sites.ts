/** The same site in each framework, behind the middleware that its users put in front: authentication, sessions, compression … */
import { utf8 } from 'rsgi';
import { adapt, fetchServerToRich, fetchToRich, gatewayToRich, nodeToRich, underGateway } from 'rsgi/adapters';
import { escape, placeholder } from 'rsgi/escape';
import { fetch as fetchApp } from 'rsgi/fetch';
import { fetchServer, type ServerContext } from 'rsgi/fetch-server';
import { bytes, gateway, latin1 } from 'rsgi/gateway';
import { accessLog } from 'rsgi/middleware/access-log';
import { node } from 'rsgi/node';
import { text } from 'rsgi/text';
import { compatModule, type Untyped } from '../../support/compat-module.ts';
import { hono } from './hono-site.ts';
import { onHonoNodeServer, onNodeHttp } from './own-servers.ts';
import {
	type Escaping,
	hasUser,
	isUser,
	type OwnServer,
	PAGE,
	type Site,
	type SiteMaker,
	type TargetOf,
} from './site.ts';

const LOG = (): void => {};

async function h3(targetOf: TargetOf, escaping: Escaping): Promise<Site> {
	const { H3, handleCors, setCookie } = compatModule('h3');
	const app = new H3();
	app.use(async (event: Untyped, next: () => Promise<Untyped>) => {
		handleCors(event, { origin: ['https://other.test'] });
		if (!hasUser(event.req.headers)) return new Response('log in', { status: 401 });
		setCookie(event, 'seen', '1');
		event.res.headers.set('x-site', 'h3');
		return await next();
	});
	app.all('/**', (event: Untyped) => {
		const target = targetOf(event.url.pathname);
		return target === null ? new Response(PAGE) : escaping(() => escape(event.req, target));
	});
	const fetch = (request: Request): Untyped => app.fetch(request);
	return { app: fetchToRich(fetchApp({ fetch })), own: () => onHonoNodeServer(fetch) };
}

async function itty(targetOf: TargetOf, escaping: Escaping): Promise<Site> {
	const { AutoRouter, cors } = compatModule('itty-router');
	const { preflight, corsify } = cors({ origin: 'https://other.test' });
	const router = AutoRouter({
		before: [
			preflight,
			(request: Request) => (hasUser(request.headers) ? undefined : new Response('log in', { status: 401 })),
		],
		finally: [
			corsify,
			(response: Response) => {
				const marked = new Response(response.body, response);
				if (response.status === 401) return marked;
				marked.headers.append('set-cookie', 'seen=1');
				marked.headers.set('x-site', 'itty');
				return marked;
			},
		],
	});
	router.all('*', (request: Request) => {
		const target = targetOf(new URL(request.url).pathname);
		return target === null ? new Response(PAGE) : escaping(() => escape(request, target));
	});
	const fetch = (request: Request): Untyped => router.fetch(request);
	return { app: fetchToRich(fetchApp({ fetch })), own: () => onHonoNodeServer(fetch) };
}

async function elysia(targetOf: TargetOf, escaping: Escaping): Promise<Site> {
	const { Elysia } = compatModule('elysia');
	const { cors } = compatModule('@elysiajs/cors');
	const app = new Elysia()
		.use(cors({ origin: 'other.test' }))
		.onBeforeHandle(({ request, set, cookie }: Untyped) => {
			if (!hasUser(request.headers)) return new Response('log in', { status: 401 });
			set.headers['x-site'] = 'elysia';
			cookie.seen.value = '1';
			return undefined;
		})
		.all('/*', ({ request }: Untyped) => {
			const target = targetOf(new URL(request.url).pathname);
			return target === null ? PAGE : escaping(() => escape(request, target));
		});
	const fetch = (request: Request): Untyped => app.fetch(request);
	return { app: fetchToRich(fetchApp({ fetch })), own: () => onHonoNodeServer(fetch) };
}

async function express(targetOf: TargetOf, escaping: Escaping): Promise<Site> {
	const app = compatModule('express')();
	app.use(compatModule('morgan')('tiny', { stream: { write() {} } }));
	app.use(compatModule('compression')({ threshold: 0 }));
	app.use(compatModule('cors')({ origin: 'https://other.test' }));
	app.use(compatModule('helmet')());
	app.use(compatModule('express-rate-limit').rateLimit({ limit: 1_000, validate: false }));
	app.use(compatModule('express-session')({ secret: 's', name: 'seen', resave: false, saveUninitialized: true }));
	app.use(compatModule('body-parser').urlencoded({ extended: false }));
	app.use((req: Untyped, res: Untyped, next: () => void) => {
		if (!isUser(req.get('x-user'), req.get('cookie'))) return res.status(401).send('log in');
		req.session.user = 'ann';
		res.set('x-site', 'express');
		next();
	});
	app.all('/{*path}', (req: Untyped, res: Untyped) => {
		const target = targetOf(req.path);
		if (target === null) res.send(PAGE);
		else escaping(() => escape(req, res, target));
	});
	return { app: nodeToRich(node(app)), own: () => onNodeHttp(app) };
}

async function koa(targetOf: TargetOf, escaping: Escaping): Promise<Site> {
	const Koa = compatModule('koa');
	const app = new Koa();
	app.keys = ['k'];
	app.silent = true;
	const defaultOf = (name: string): Untyped => compatModule(name).default ?? compatModule(name);
	app.use(defaultOf('koa-helmet')());
	app.use(defaultOf('@koa/cors')({ origin: 'https://other.test' }));
	app.use(defaultOf('koa-compress')({ threshold: 0 }));
	app.use(defaultOf('koa-conditional-get')());
	app.use(defaultOf('koa-etag')());
	const session = compatModule('koa-session');
	app.use((session.createSession ?? session.default ?? session)({ key: 'seen' }, app));
	app.use(async (ctx: Untyped, next: () => Promise<void>) => {
		if (!isUser(ctx.get('x-user'), ctx.get('cookie'))) ctx.throw(401, 'log in');
		ctx.session.user = 'ann';
		ctx.set('x-site', 'koa');
		await next();
	});
	app.use((ctx: Untyped) => {
		const target = targetOf(ctx.path);
		if (target === null) {
			ctx.body = PAGE;
			return;
		}
		const { headers, body } = escaping(() => placeholder(ctx.req, target));
		ctx.set(headers);
		ctx.body = body;
	});
	return { app: nodeToRich(node(app)), own: () => onNodeHttp(app.callback()) };
}

async function fastify(targetOf: TargetOf, escaping: Escaping): Promise<Site> {
	const app = compatModule('fastify')();
	await app.register(compatModule('@fastify/cookie'));
	await app.register(compatModule('@fastify/compress'), { threshold: 0 });
	await app.register(compatModule('@fastify/etag'));
	await app.register(compatModule('@fastify/cors'), { origin: 'https://other.test' });
	await app.register(compatModule('@fastify/helmet'));
	app.addHook('onRequest', async (request: Untyped, reply: Untyped) => {
		if (!isUser(request.headers['x-user'], request.headers.cookie)) return reply.code(401).send('log in');
		reply.header('x-site', 'fastify').setCookie('seen', '1');
		return undefined;
	});
	// Not read by Fastify, so that it is there for who escapes.
	app.addContentTypeParser('application/grpc', (_request: Untyped, _content: Untyped, done: Untyped) => done(null));
	const route = (request: Untyped, reply: Untyped): Untyped => {
		const target = targetOf(request.url.split('?')[0]);
		if (target === null) return reply.type('text/html').send(PAGE);
		const { headers, body } = escaping(() => placeholder(request.raw, target));
		return reply.headers(headers).send(body);
	};
	app.get('/*', route);
	app.post('/*', route);
	await app.ready();
	const own = async (): Promise<OwnServer> => {
		await app.listen({ port: 0, host: '127.0.0.1' });
		return { port: app.server.address().port, close: () => app.close() };
	};
	return { app: nodeToRich(node(app)), own };
}

const UNAUTHORIZED = [[bytes('Content-Type'), bytes('text/plain')]] as const;

function gatewaySite(targetOf: TargetOf, escaping: Escaping): Site {
	const app = gateway((environ, startResponse) => {
		const target = targetOf(latin1(environ.PATH_INFO));
		if (target !== null) return escaping(() => underGateway(target)(environ, startResponse));
		startResponse(bytes('200 OK'), [[bytes('Content-Type'), bytes('text/html')]]);
		return [utf8(PAGE)];
	});
	const marked = gateway((environ, startResponse) => {
		if (!letsIn(environ)) {
			startResponse(bytes('401 Unauthorized'), UNAUTHORIZED);
			return [utf8('log in')];
		}
		const more = [
			[bytes('Set-Cookie'), bytes('seen=1')],
			[bytes('X-Site'), bytes('gateway')],
		] as const;
		return app(environ, (status, fields, excInfo) => startResponse(status, [...fields, ...more], excInfo));
	}, app);
	return { app: accessLog({ to: LOG })(gatewayToRich(marked)), own: null };
}

function textSite(targetOf: TargetOf, escaping: Escaping): Site {
	const app = text((environ, startResponse) => {
		if (!letsIn(environ)) {
			startResponse('401 Unauthorized', []);
			return [utf8('log in')];
		}
		const marked: typeof startResponse = (status, fields, excInfo) =>
			startResponse(status, [...fields, ['Set-Cookie', 'seen=1'], ['X-Site', 'text']], excInfo);
		const target = targetOf(environ.PATH_INFO);
		const upgrade = environ['rsgi.upgrade'];
		if (target !== null && upgrade !== undefined) return escaping(() => upgrade(target, marked));
		marked('200 OK', [['Content-Type', 'text/html']]);
		return [utf8(PAGE)];
	});
	return { app: adapt(app, 'rich'), own: null };
}

function fetchSite(targetOf: TargetOf, escaping: Escaping): Site {
	const app = fetchApp(async (request) => {
		if (!hasUser(request.headers)) return new Response('log in', { status: 401 });
		const target = targetOf(new URL(request.url).pathname);
		const response = target === null ? new Response(PAGE) : escaping(() => escape(request, target));
		return new Response(response.body, {
			headers: [...response.headers, ['set-cookie', 'seen=1'], ['x-site', 'fetch']],
		});
	});
	return { app: fetchToRich(app), own: () => onHonoNodeServer((request) => app(request, undefined as never)) };
}

async function fetchServerSite(targetOf: TargetOf, escaping: Escaping): Promise<Site> {
	const route = (ctx: ServerContext): Response => {
		if (!hasUser(ctx.request.headers)) return new Response('log in', { status: 401 });
		const target = targetOf(new URL(ctx.request.url).pathname);
		const response = target === null ? new Response(PAGE) : escaping(() => escape(ctx, target));
		return new Response(response.body, {
			headers: [...response.headers, ['set-cookie', 'seen=1'], ['x-site', 'fetch server api']],
		});
	};
	return { app: fetchServerToRich(fetchServer({ fetch: route, connect: route })), own: null };
}

/** Environ of either gateway. */
function letsIn(environ: object): boolean {
	const { HTTP_X_USER: user, HTTP_COOKIE: cookie } = environ as { HTTP_X_USER?: string; HTTP_COOKIE?: string };
	return isUser(user, cookie);
}

/** The sites, by the names of their frameworks. */
export const SITES: Readonly<Record<string, SiteMaker>> = {
	Hono: hono,
	h3: { middleware: 'CORS, cookies', make: h3 },
	'itty-router': { middleware: 'CORS, responses made anew', make: itty },
	Elysia: { middleware: 'CORS, cookies', make: elysia },
	Express: {
		middleware: 'morgan, compression, cors, helmet, express-rate-limit, express-session, body-parser',
		make: express,
	},
	Koa: { middleware: 'helmet, CORS, compress, conditional-get, etag, session', make: koa },
	Fastify: { middleware: 'cookie, compress, etag, cors, helmet', make: fastify },
	gateway: { middleware: 'a session of our own; the access log around it', make: gatewaySite },
	text: { middleware: 'a session of our own', make: textSite },
	fetch: { middleware: 'a session of our own, responses made anew', make: fetchSite },
	'Fetch Server API': { middleware: 'a session of our own, responses made anew', make: fetchServerSite },
};
