/** `rsgi serve --inspect`: a page that shows the server live, on a server of its own. */
import { readFileSync } from 'node:fs';
import { eventStream } from '../../app/events.ts';
import type { ConnectionView } from '../../connection/connection-view.ts';
import type { Log } from '../../host/node/log.ts';
import { type Server, serve } from '../../host/node/serve.ts';
import { type Journey, journeys } from '../../journey/journey.ts';
import type { RichApp, RichMiddleware } from '../../rich/app.ts';
import { rich } from '../../rich/app.ts';
import type { Address } from '../../rich/connection-facts.ts';
import type { Exchange } from '../../rich/exchange.ts';
import { utf8 } from '../../wire/utf8.ts';
import { FAILED, Failure } from '../failure.ts';
import { RecentExchanges } from './recent-exchanges.ts';

/** How often the page is told, in milliseconds. */
const INTERVAL = 500;
/** So many exchanges are kept, and told of in one interval. */
const JOURNEYS_MAX = 50;

const FILES: Readonly<Record<string, readonly [file: string, type: string]>> = {
	'/': ['inspector.html', 'text/html; charset=utf-8'],
	'/inspector.css': ['inspector.css', 'text/css; charset=utf-8'],
	'/inspector.svg': ['inspector.svg', 'image/svg+xml'],
	'/inspector.js': ['inspector.js', 'text/javascript; charset=utf-8'],
};

/** The page may load nothing but its own, and nobody may frame it. */
const FIELDS: readonly string[] = [
	...['content-security-policy', "default-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"],
	...['cache-control', 'no-store', 'x-content-type-options', 'nosniff'],
];

/** Watches one server. */
export class Inspector {
	readonly #recent = new RecentExchanges();
	#journeys: Journey[] = [];
	readonly #viewers = new Set<(journey: Journey) => void>();
	readonly middleware: RichMiddleware = (app) =>
		withStop(journeys({ ended: (journey) => this.#ended(journey) })(app), this);
	#page: Server | null = null;

	/**
	 * Shows this server.
	 * @throws Failure when the address cannot be listened on
	 */
	async listen(server: Server, where: { host: string; port: number }, log: Log): Promise<Server> {
		const isLocal = isLoopback(where.host);
		const page = rich((exchange) => this.#answer(exchange, server, isLocal));
		try {
			this.#page = await serve(page, { ...where, log, timeouts: { stop: 1 } });
		} catch (error) {
			throw new Failure(FAILED, `--inspect: ${(error as Error).message}`);
		}
		return this.#page;
	}

	/** Ends the page: the server that it shows has stopped. */
	async close(): Promise<void> {
		await this.#page?.close({ graceful: false });
	}

	#ended(journey: Journey): void {
		const begun = journey.steps.find(({ kind }) => kind === 'respond' || kind === 'accept');
		const status =
			begun?.kind === 'respond'
				? `${Math.floor(begun.response.status / 100)}xx`
				: begun === undefined
					? 'none'
					: 'tunnel';
		this.#recent.ended(performance.now(), status, begun?.at ?? null);
		this.#journeys.push(journey);
		// Not at each one: the first would have to be moved each time.
		if (this.#journeys.length > 2 * JOURNEYS_MAX) this.#journeys = this.#journeys.slice(-JOURNEYS_MAX);
		for (const viewer of this.#viewers) viewer(journey);
	}

	#answer(exchange: Exchange, server: Server, isLocal: boolean): void {
		const path = exchange.target.replace(/\?.*$/s, '');
		const file = Object.hasOwn(FILES, path) ? FILES[path] : undefined;
		// A page of the web whose name leads to this machine must not read what is here (DNS rebinding).
		if (isLocal && !isLoopback(exchange.authority.replace(/:\d+$/, '').replace(/^\[(.*)\]$/, '$1'))) {
			refuse(exchange, 403, 'The inspector is for this machine: ask for 127.0.0.1.');
		} else if (exchange.method !== 'GET') {
			refuse(exchange, 405, 'GET only.', ['allow', 'GET']);
		} else if (path === '/events') {
			this.#tell(exchange, server);
		} else if (file === undefined) {
			refuse(exchange, 404, 'There is no such page.');
		} else {
			answer(exchange, 200, file[1], readFileSync(new URL(`./inspector-page/${file[0]}`, import.meta.url)));
		}
	}

	#tell(exchange: Exchange, server: Server): void {
		const stream = eventStream(exchange, { fields: [...FIELDS] });
		/** How each connection stood when it was told of last. */
		let told = new Map<number, ConnectionView>();
		let fresh = this.#journeys.slice(-JOURNEYS_MAX);
		let omitted = 0;
		const viewer = (journey: Journey): void => {
			if (fresh.length < JOURNEYS_MAX) fresh.push(journey);
			else omitted++;
		};
		this.#viewers.add(viewer);
		const state = (): void => {
			const views = server.view();
			const now = {
				connections: server.connections,
				figures: this.#recent.figures(performance.now()),
				memory: process.memoryUsage.rss(),
				views: views.map((view) => ({ ...view, facts: plainFacts(view), ...rates(view, told.get(view.facts.id)) })),
			};
			told = new Map(views.map((view) => [view.facts.id, view]));
			// A viewer who does not keep up misses what is past: the next state has all that counts.
			if (!stream.send({ event: 'state', data: JSON.stringify(now) })) return;
			if (fresh.length === 0) return;
			stream.send({ event: 'journeys', data: JSON.stringify({ omitted, journeys: fresh }, withoutValues) });
			fresh = [];
			omitted = 0;
		};
		state();
		const timer = setInterval(state, INTERVAL);
		void stream.closed.then(() => {
			clearInterval(timer);
			this.#viewers.delete(viewer);
		});
	}
}

/** Octets a second since it was told of before; none are known the first time. */
function rates(view: ConnectionView, before: ConnectionView | undefined): { sending: number; receiving: number } {
	if (before === undefined) return { sending: 0, receiving: 0 };
	const seconds = Math.max(1, view.age - before.age) / 1000;
	return { sending: (view.sent - before.sent) / seconds, receiving: (view.received - before.received) / seconds };
}

/** What is shown of the facts, which are read from the socket when they are asked for. */
function plainFacts({ facts }: ConnectionView): { id: number; peer: Address | null; tls: { version: string } | null } {
	return { id: facts.id, peer: facts.peer, tls: facts.tls === null ? null : { version: facts.tls.version } };
}

/** Names of fields are enough for the page. */
function withoutValues(key: string, value: unknown): unknown {
	return key === 'shown' ? undefined : value;
}

function withStop(app: RichApp, inspector: Inspector): RichApp {
	const stop = async (): Promise<void> => {
		await inspector.close();
		await app.stop?.();
	};
	return rich(app, { start: app.start?.bind(app), stop, protocols: app.protocols });
}

function isLoopback(host: string): boolean {
	return host === 'localhost' || host === '::1' || /^127\.\d+\.\d+\.\d+$/.test(host);
}

function answer(
	exchange: Exchange,
	status: number,
	type: string,
	content: Uint8Array,
	more: readonly string[] = [],
): void {
	exchange.respond(status, [...FIELDS, 'content-type', type, 'content-length', String(content.length), ...more]);
	exchange.end(content);
}

function refuse(exchange: Exchange, status: number, text: string, more: readonly string[] = []): void {
	answer(exchange, status, 'text/plain; charset=utf-8', utf8(`${text}\n`), more);
}
