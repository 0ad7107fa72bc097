/** The same site in each framework, behind the middleware that its users put in front: authentication, sessions, compression … */
import { type RichApp, utf8 } from 'rsgi';
import { adapt, fetchToRich, gatewayToRich, nodeToRich, underGateway } from 'rsgi/adapters';
import { escape, placeholder } from 'rsgi/escape';
import { fetch as fetchApp } from 'rsgi/fetch';
import { bytes, gateway, latin1 } from 'rsgi/gateway';
import { accessLog } from 'rsgi/middleware/access-log';
import { node } from 'rsgi/node';
import { text } from 'rsgi/text';
import { compatModule, type Untyped } from '../../support/compat-module.ts';

/** What a path escapes to; null for none. */
export type TargetOf = (path: string) => RichApp | null;

/**
 * A site: what has a target escapes to it, for who sends `x-user`; all others get 401, and what has none a page. Middleware puts
 * the cookie `seen` and the field `x-site` on every response.
 */
type MakeSite = (targetOf: TargetOf) => RichApp | Promise<RichApp>;

const PAGE = '<p>page</p>';
const LOG = (): void => {};

async function hono(targetOf: TargetOf): Promise<RichApp> {
	const { Hono } = compatModule('hono');
	const app = new Hono();
	const use = (name: string, make: string, ...options: Untyped[]): void =>
		app.use(compatModule(`hono/${name}`)[make](...options));
	use('logger', 'logger', LOG);
	use('request-id', 'requestId');
	use('secure-headers', 'secureHeaders');
	use('cors', 'cors', { origin: 'https://other.test' });
	use('compress', 'compress');
	use('etag', 'etag');
	use('timing', 'timing');
	use('powered-by', 'poweredBy');
	use('pretty-json', 'prettyJSON');
	use('timeout', 'timeout', 10_000);
	use('csrf', 'csrf');
	// It reads content that says no length, and what it has read is not there for who escapes.
	const limited = compatModule('hono/body-limit').bodyLimit({ maxSize: 1_000_000 });
	app.use((c: Untyped, next: Untyped) => (c.req.path.startsWith('/test.Echo/') ? next() : limited(c, next)));
	const { setCookie } = compatModule('hono/cookie');
	app.use(async (c: Untyped, next: () => Promise<void>) => {
		if (c.req.header('x-user') === undefined) return c.text('log in', 401);
		await next();
		setCookie(c, 'seen', '1');
		c.header('x-site', 'hono');
	});
	app.all('*', (c: Untyped) => {
		const target = targetOf(c.req.path);
		return target === null ? c.html(PAGE) : escape(c.req.raw, target);
	});
	return fetchToRich(fetchApp(app));
}

async function h3(targetOf: TargetOf): Promise<RichApp> {
	const { H3, handleCors, setCookie } = compatModule('h3');
	const app = new H3();
	app.use(async (event: Untyped, next: () => Promise<Untyped>) => {
		handleCors(event, { origin: ['https://other.test'] });
		if (!event.req.headers.has('x-user')) return new Response('log in', { status: 401 });
		setCookie(event, 'seen', '1');
		event.res.headers.set('x-site', 'h3');
		return await next();
	});
	app.all('/**', (event: Untyped) => {
		const target = targetOf(event.url.pathname);
		return target === null ? new Response(PAGE) : escape(event.req, target);
	});
	return fetchToRich(fetchApp({ fetch: (request) => app.fetch(request) }));
}

async function itty(targetOf: TargetOf): Promise<RichApp> {
	const { AutoRouter, cors } = compatModule('itty-router');
	const { preflight, corsify } = cors({ origin: 'https://other.test' });
	const router = AutoRouter({
		before: [
			preflight,
			(request: Request) => (request.headers.has('x-user') ? undefined : new Response('log in', { status: 401 })),
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
		return target === null ? new Response(PAGE) : escape(request, target);
	});
	return fetchToRich(fetchApp({ fetch: (request) => router.fetch(request) }));
}

async function elysia(targetOf: TargetOf): Promise<RichApp> {
	const { Elysia } = compatModule('elysia');
	const { cors } = compatModule('@elysiajs/cors');
	const app = new Elysia()
		.use(cors({ origin: 'other.test' }))
		.onBeforeHandle(({ request, set, cookie }: Untyped) => {
			if (!request.headers.has('x-user')) return new Response('log in', { status: 401 });
			set.headers['x-site'] = 'elysia';
			cookie.seen.value = '1';
			return undefined;
		})
		.all('/*', ({ request }: Untyped) => {
			const target = targetOf(new URL(request.url).pathname);
			return target === null ? PAGE : escape(request, target);
		});
	return fetchToRich(fetchApp({ fetch: (request) => app.fetch(request) }));
}

async function express(targetOf: TargetOf): Promise<RichApp> {
	const app = compatModule('express')();
	app.use(compatModule('morgan')('tiny', { stream: { write() {} } }));
	app.use(compatModule('compression')({ threshold: 0 }));
	app.use(compatModule('cors')({ origin: 'https://other.test' }));
	app.use(compatModule('helmet')());
	app.use(compatModule('express-rate-limit').rateLimit({ limit: 1_000, validate: false }));
	app.use(compatModule('express-session')({ secret: 's', name: 'seen', resave: false, saveUninitialized: true }));
	app.use(compatModule('body-parser').urlencoded({ extended: false }));
	app.use((req: Untyped, res: Untyped, next: () => void) => {
		if (req.get('x-user') === undefined) return res.status(401).send('log in');
		req.session.user = req.get('x-user');
		res.set('x-site', 'express');
		next();
	});
	app.all('/{*path}', (req: Untyped, res: Untyped) => {
		const target = targetOf(req.path);
		if (target === null) res.send(PAGE);
		else escape(req, res, target);
	});
	return nodeToRich(node(app));
}

async function koa(targetOf: TargetOf): Promise<RichApp> {
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
		if (ctx.get('x-user') === '') ctx.throw(401, 'log in');
		ctx.session.user = ctx.get('x-user');
		ctx.set('x-site', 'koa');
		await next();
	});
	app.use((ctx: Untyped) => {
		const target = targetOf(ctx.path);
		if (target === null) {
			ctx.body = PAGE;
			return;
		}
		const { headers, body } = placeholder(ctx.req, target);
		ctx.set(headers);
		ctx.body = body;
	});
	return nodeToRich(node(app));
}

async function fastify(targetOf: TargetOf): Promise<RichApp> {
	const app = compatModule('fastify')();
	await app.register(compatModule('@fastify/cookie'));
	await app.register(compatModule('@fastify/compress'), { threshold: 0 });
	await app.register(compatModule('@fastify/etag'));
	await app.register(compatModule('@fastify/cors'), { origin: 'https://other.test' });
	await app.register(compatModule('@fastify/helmet'));
	app.addHook('onRequest', async (request: Untyped, reply: Untyped) => {
		if (request.headers['x-user'] === undefined) return reply.code(401).send('log in');
		reply.header('x-site', 'fastify').setCookie('seen', '1');
		return undefined;
	});
	// Not read by Fastify, so that it is there for who escapes.
	app.addContentTypeParser('application/grpc', (_request: Untyped, _content: Untyped, done: Untyped) => done(null));
	const route = (request: Untyped, reply: Untyped): Untyped => {
		const target = targetOf(request.url.split('?')[0]);
		if (target === null) return reply.type('text/html').send(PAGE);
		const { headers, body } = placeholder(request.raw, target);
		return reply.headers(headers).send(body);
	};
	app.get('/*', route);
	app.post('/*', route);
	await app.ready();
	return nodeToRich(node(app));
}

const UNAUTHORIZED = [[bytes('Content-Type'), bytes('text/plain')]] as const;

function gatewaySite(targetOf: TargetOf): RichApp {
	const app = gateway((environ, startResponse) => {
		const target = targetOf(latin1(environ.PATH_INFO));
		if (target !== null) return underGateway(target)(environ, startResponse);
		startResponse(bytes('200 OK'), [[bytes('Content-Type'), bytes('text/html')]]);
		return [utf8(PAGE)];
	});
	const marked = gateway((environ, startResponse) => {
		if (environ.HTTP_X_USER === undefined) {
			startResponse(bytes('401 Unauthorized'), UNAUTHORIZED);
			return [utf8('log in')];
		}
		const more = [
			[bytes('Set-Cookie'), bytes('seen=1')],
			[bytes('X-Site'), bytes('gateway')],
		] as const;
		return app(environ, (status, fields, excInfo) => startResponse(status, [...fields, ...more], excInfo));
	}, app);
	return accessLog({ to: LOG })(gatewayToRich(marked));
}

function textSite(targetOf: TargetOf): RichApp {
	const app = text((environ, startResponse) => {
		if (environ.HTTP_X_USER === undefined) {
			startResponse('401 Unauthorized', []);
			return [utf8('log in')];
		}
		const marked: typeof startResponse = (status, fields, excInfo) =>
			startResponse(status, [...fields, ['Set-Cookie', 'seen=1'], ['X-Site', 'text']], excInfo);
		const target = targetOf(environ.PATH_INFO);
		const upgrade = environ['rsgi.upgrade'];
		if (target !== null && upgrade !== undefined) return upgrade(target, marked);
		marked('200 OK', [['Content-Type', 'text/html']]);
		return [utf8(PAGE)];
	});
	return adapt(app, 'rich');
}

function fetchSite(targetOf: TargetOf): RichApp {
	const app = fetchApp(async (request) => {
		if (!request.headers.has('x-user')) return new Response('log in', { status: 401 });
		const target = targetOf(new URL(request.url).pathname);
		const response = target === null ? new Response(PAGE) : escape(request, target);
		return new Response(response.body, {
			headers: [...response.headers, ['set-cookie', 'seen=1'], ['x-site', 'fetch']],
		});
	});
	return fetchToRich(app);
}

/** The sites, by the names of their frameworks. */
export const SITES: Readonly<Record<string, MakeSite>> = {
	Hono: hono,
	h3,
	'itty-router': itty,
	Elysia: elysia,
	Express: express,
	Koa: koa,
	Fastify: fastify,
	gateway: gatewaySite,
	text: textSite,
	fetch: fetchSite,
};
