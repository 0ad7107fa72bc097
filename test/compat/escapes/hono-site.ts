/** A site in Hono behind every middleware that it brings: each that goes around a handler and can be set up without a platform. */
import { fetchToRich } from 'rsgi/adapters';
import { escape } from 'rsgi/escape';
import { fetch as fetchApp } from 'rsgi/fetch';
import { caches } from 'undici';
import { compatModule, type Untyped } from '../../support/compat-module.ts';
import { onHonoNodeServer } from './own-servers.ts';
import { hasUser, PAGE, type SiteMaker } from './site.ts';

/** What each is given. Those for authentication stand in {@link admission}. */
const AROUND: readonly (readonly [module: string, maker: string, ...options: unknown[]])[] = [
	['logger', 'logger', () => {}],
	['context-storage', 'contextStorage'],
	['request-id', 'requestId'],
	['secure-headers', 'secureHeaders'],
	['cors', 'cors', { origin: 'https://other.test' }],
	[
		'ip-restriction',
		'ipRestriction',
		() => ({ remote: { address: '127.0.0.1', addressType: 'IPv4' } }),
		{ allowList: ['127.0.0.1'] },
	],
	['compress', 'compress'],
	['cache', 'cache', { cacheName: 'pages', cacheControl: 'max-age=60', onCacheNotAvailable: false }],
	['etag', 'etag'],
	['timing', 'timing'],
	['powered-by', 'poweredBy'],
	['pretty-json', 'prettyJSON'],
	['timeout', 'timeout', 10_000],
	['language', 'languageDetector', { supportedLanguages: ['en', 'de'], fallbackLanguage: 'en' }],
	['trailing-slash', 'trimTrailingSlash'],
	['csrf', 'csrf'],
	['jsx-renderer', 'jsxRenderer', ({ children }: Untyped) => children],
];

const SECRET = 'a secret of the test that is long enough';

/** By one of the ways that Hono has, or as the tests do it. */
function admission(): Untyped {
	const { some, except } = compatModule('hono/combine');
	const { HTTPException } = compatModule('hono/http-exception');
	const user = async (c: Untyped, next: () => Promise<void>): Promise<void> => {
		if (!hasUser(c.req.raw.headers)) throw new HTTPException(401, { message: 'log in' });
		await next();
	};
	const admitted = some(
		compatModule('hono/basic-auth').basicAuth({ username: 'ann', password: 'secret' }),
		compatModule('hono/bearer-auth').bearerAuth({ token: 'token' }),
		compatModule('hono/jwt').jwt({ secret: SECRET, alg: 'HS256' }),
		user,
	);
	return except('/open/*', admitted);
}

/** The Authorization of each way in. */
export async function authorizations(): Promise<string[]> {
	const jwt = await compatModule('hono/jwt').sign({ sub: 'ann' }, SECRET, 'HS256');
	return [`Basic ${Buffer.from('ann:secret').toString('base64')}`, 'Bearer token', `Bearer ${jwt}`];
}

export const hono: SiteMaker = {
	middleware: [
		...AROUND.map(([name]) => name),
		...['method-override', 'method-not-allowed', 'body-limit', 'combine', 'basic-auth', 'bearer-auth', 'jwt', 'mount'],
	].join(', '),
	make(targetOf, escaping) {
		const { Hono } = compatModule('hono');
		// What its cache asks for; Node has it only inside.
		Object.assign(globalThis, { caches: (globalThis as { caches?: unknown }).caches ?? caches });
		const app = new Hono({ strict: false });
		for (const [name, maker, ...options] of AROUND) app.use(compatModule(`hono/${name}`)[maker](...options));
		app.use(compatModule('hono/method-override').methodOverride({ app }));
		app.use(compatModule('hono/method-not-allowed').methodNotAllowed({ app }));
		// It reads content that says no length, and what it has read is not there for who escapes.
		const limited = compatModule('hono/body-limit').bodyLimit({ maxSize: 1_000_000 });
		app.use((c: Untyped, next: Untyped) => (c.req.path.startsWith('/test.Echo/') ? next() : limited(c, next)));
		app.use(admission());
		const { setCookie } = compatModule('hono/cookie');
		app.use(async (c: Untyped, next: () => Promise<void>) => {
			await next();
			setCookie(c, 'seen', '1');
			c.header('x-site', 'hono');
		});
		const routes = (c: Untyped): Untyped => {
			const target = targetOf(c.req.path);
			return target === null ? c.html(PAGE) : escaping(() => escape(c.req.raw, target));
		};
		app.mount('/mounted', (request: Request) => {
			const target = targetOf(new URL(request.url).pathname);
			return target === null ? new Response(PAGE) : escaping(() => escape(request, target));
		});
		app.get('*', routes);
		app.post('*', routes);
		return { app: fetchToRich(fetchApp(app)), own: () => onHonoNodeServer((request) => app.fetch(request)) };
	},
};
