/** Sites behind caches that keep what they should not, on disk, so that it outlives the process. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import type { RichApp } from 'rsgi';
import { fetchToRich, gatewayToRich, nodeToRich, underGateway } from 'rsgi/adapters';
import { escape } from 'rsgi/escape';
import { fetch as fetchApp } from 'rsgi/fetch';
import { node } from 'rsgi/node';
import { compatModule, type Untyped } from '../../support/compat-module.ts';
import { answer, type Parts, rewriting } from '../../support/escaping-gateway.ts';

/** What is kept of a response. */
interface Kept {
	readonly status: number;
	readonly headers: [string, string][];
	readonly content: string;
}

/** A store of one response, in a file. */
class Store {
	readonly #file: string;

	constructor(file: string) {
		this.#file = file;
	}

	get kept(): Kept | null {
		return existsSync(this.#file) ? (JSON.parse(readFileSync(this.#file, 'utf8')) as Kept) : null;
	}

	keep(kept: Kept): void {
		writeFileSync(this.#file, JSON.stringify(kept));
	}
}

function cachedGateway(store: Store): RichApp {
	const cache = rewriting((parts: Parts) => {
		const { kept } = store;
		if (kept === null) {
			store.keep({ status: 200, headers: parts.fields, content: String.fromCharCode(...parts.content) });
			return;
		}
		parts.fields = kept.headers;
		parts.content = Uint8Array.from(kept.content, (one) => one.charCodeAt(0));
	});
	return gatewayToRich(cache(underGateway(answer)));
}

/** Hono's own cache, whose store is the one of the platform. */
function cachedHono(store: Store): RichApp {
	const { Hono } = compatModule('hono');
	const cache = {
		match: () => {
			const { kept } = store;
			return Promise.resolve(kept === null ? undefined : new Response(kept.content, kept));
		},
		async put(_key: unknown, response: Response): Promise<void> {
			store.keep({ status: response.status, headers: [...response.headers], content: await response.text() });
		},
	};
	Object.defineProperty(globalThis, 'caches', {
		value: { open: () => Promise.resolve(cache) },
		configurable: true,
		writable: true,
	});
	const app = new Hono();
	app.use(compatModule('hono/cache').cache({ cacheName: 'pages', wait: true }));
	// It would heed no-store: somebody has made each response one that may be stored.
	app.use(async (c: Untyped, next: () => Promise<void>) => {
		await next();
		c.res.headers.set('cache-control', 'max-age=60');
	});
	app.get('*', (c: Untyped) => escape(c.req.raw, answer));
	return fetchToRich(fetchApp(app));
}

/** As caches for Express are written: they look at what is given to `end`. */
function cachedExpress(store: Store): RichApp {
	const app = compatModule('express')();
	app.use((_req: Untyped, res: Untyped, next: () => void) => {
		const { kept } = store;
		if (kept !== null) {
			for (const [name, value] of kept.headers) res.setHeader(name, value);
			res.end(kept.content);
			return;
		}
		const { end } = res;
		res.end = (content: string) => {
			const headers = Object.entries(res.getHeaders()).map(([name, value]) => [name, String(value)]) as [
				string,
				string,
			][];
			store.keep({ status: 200, headers, content: String(content) });
			return end.call(res, content);
		};
		next();
	});
	app.get('/', (req: Untyped, res: Untyped) => escape(req, res, answer));
	return nodeToRich(node(app));
}

const SITES: Readonly<Record<string, (store: Store) => RichApp>> = {
	gateway: cachedGateway,
	'Hono’s cache, where no-store was taken away': cachedHono,
	Express: cachedExpress,
};

export const CACHED: readonly string[] = Object.keys(SITES);

/** @param file where the cache keeps what it has */
export function cachedSite(name: string, file: string): RichApp {
	return (SITES[name] as (typeof SITES)[string])(new Store(file));
}
