/** A site in Hono: sessions, a check of who is logged in, and routes that escape behind them. Hono is not changed. */
import { randomUUID } from 'node:crypto';
import { Hono, type MiddlewareHandler } from 'hono';
import { getSignedCookie, setSignedCookie } from 'hono/cookie';
import { secureHeaders } from 'hono/secure-headers';
import { type RichApp, rich } from 'rsgi';
import { fetchToRich } from 'rsgi/adapters';
import { escape } from 'rsgi/escape';
import { fetch as fetchApp } from 'rsgi/fetch';
import { waypoint } from 'rsgi/journey';
import { slowPage } from '../features/early-hints.ts';
import { chatRoom } from './chat-room.ts';
import { memberName } from './member-name.ts';
import { report } from './report.ts';

const SECRET = randomUUID();
const COOKIE = 'hono-session';

interface Env {
	Variables: { name: string | undefined };
}
type Middleware = MiddlewareHandler<Env>;

const session: Middleware = async (c, next) => {
	const name = await getSignedCookie(c, SECRET, COOKIE);
	c.set('name', name === false ? undefined : name);
	await next();
	// The session goes on: its cookie is set anew, on a placeholder as on any response.
	const { name: member } = c.var;
	if (member !== undefined)
		await setSignedCookie(c, COOKIE, member, SECRET, { httpOnly: true, sameSite: 'Lax', path: '/' });
};

const loggedIn: Middleware = async (c, next) => {
	if (c.var.name === undefined) return c.text('Log in first.\n', 401);
	await next();
	return;
};

const stored = new Map<string, { readonly body: ArrayBuffer; readonly status: number; readonly headers: Headers }>();

/** What goes wrong in real sites: each is put above the same route. */
const ACCIDENTS: Readonly<Record<string, Middleware>> = {
	/** A cache that ignores no-store. */
	cache: async (c, next) => {
		const found = stored.get(c.req.path);
		if (found !== undefined) return new Response(found.body, found);
		await next();
		stored.set(c.req.path, {
			body: await c.res.clone().arrayBuffer(),
			status: c.res.status,
			headers: new Headers(c.res.headers),
		});
		return;
	},
	/** A layout that wraps whatever text it is given. */
	layout: async (c, next) => {
		await next();
		const inner = await c.res.text();
		c.res = new Response(`<!doctype html><title>A layout</title><main>${inner}</main>`, {
			headers: { 'content-type': 'text/html; charset=utf-8' },
		});
	},
	/** A check that comes to its conclusion only when the route has run. */
	'late check': async (c, next) => {
		await next();
		c.res = new Response(c.res.body, { status: 403, headers: c.res.headers });
	},
};

/** Middleware as a point of the journey; it is run as it is. */
function at(name: string, middleware: Middleware): Middleware {
	return (c, next) =>
		waypoint(
			name,
			(through) => middleware(c, () => through(next)),
			() => c.res,
		);
}

/** The site, below `/hono/`. */
export function honoSite(): RichApp {
	const app = new Hono<Env>().basePath('/hono');
	app.use(at('secure headers', secureHeaders()));
	app.use(at('session', session));
	app.post('/login', async (c) => {
		const name = memberName((await c.req.parseBody()).name);
		if (name === null) return c.text('A name has 1 to 20 letters, digits, spaces, - or _.\n', 400);
		c.set('name', name);
		return c.text(`Hello, ${name}.\n`);
	});
	app.use(at('logged in?', loggedIn));
	app.get('/chat', (c) => escape(c.req.raw, chatRoom('hono', c.var.name as string)));
	app.get('/slow', (c) => escape(c.req.raw, rich(slowPage)));
	app.get('/report', (c) => escape(c.req.raw, report));
	for (const [name, accident] of Object.entries(ACCIDENTS)) {
		app.get(`/${name.replace(' ', '-')}`, at(name, accident), (c) => escape(c.req.raw, report));
	}
	app.get('/forged', (c) => {
		const forged = c.req.query('tag') ?? `rsgi-escape-${'0'.repeat(32)}`;
		return c.body(forged, 200, { 'content-type': `application/vnd.rsgi.escape; id=${forged}` });
	});
	return fetchToRich(fetchApp(app));
}
