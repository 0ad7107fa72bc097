/** `rsgi serve --inspect`: a page that shows the server live, on a server of its own. */
import { readFileSync } from 'node:fs';
import { type EventStream, eventStream } from '../../app/events.ts';
import type { Log } from '../../host/node/log.ts';
import { type Server, serve } from '../../host/node/serve.ts';
import type { Journey } from '../../journey/journey.ts';
import { rich } from '../../rich/app.ts';
import type { Exchange } from '../../rich/exchange.ts';
import { utf8 } from '../../wire/utf8.ts';
import { FAILED, Failure } from '../failure.ts';
import { type Inspected, JOURNEYS_MAX, type ProcessLook } from './look.ts';
import { figuresOf } from './recent-exchanges.ts';

const FILES: Readonly<Record<string, readonly [file: string, type: string]>> = {
	'/': ['inspector.html', 'text/html; charset=utf-8'],
	'/inspector.css': ['inspector.css', 'text/css; charset=utf-8'],
	'/inspector.svg': ['inspector.svg', 'image/svg+xml'],
	'/inspector.js': ['inspector.js', 'text/javascript; charset=utf-8'],
};

/** The page may load nothing but its own, and nobody may frame it, or read it from a page of another origin. */
const FIELDS: readonly string[] = [
	...['content-security-policy', "default-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"],
	...['cache-control', 'no-store', 'x-content-type-options', 'nosniff', 'cross-origin-resource-policy', 'same-origin'],
];

/** Somebody who looks on. */
interface Viewer {
	readonly stream: EventStream;
	/** Journeys that are still to be sent. */
	fresh: Journey[];
	omitted: number;
}

/** Shows a server, or several processes that are one. */
export class Inspector {
	readonly #inspected: Inspected;
	readonly #viewers = new Set<Viewer>();
	/** Ends the watching; null while nobody looks on. */
	#unwatch: (() => void) | null = null;
	/** What was told last, and the last journeys, for who comes to look on meanwhile. */
	#looks: readonly ProcessLook[] = [];
	#journeys: Journey[] = [];

	constructor(inspected: Inspected) {
		this.#inspected = inspected;
	}

	/**
	 * Listens for who looks on.
	 * @throws Failure when the address cannot be listened on
	 */
	async listen(where: { host: string; port: number }, log: Log): Promise<Server> {
		const isLocal = isLoopback(where.host);
		const page = rich((exchange) => this.#answer(exchange, isLocal));
		try {
			return await serve(page, { ...where, log, timeouts: { stop: 1 } });
		} catch (error) {
			throw new Failure(FAILED, `--inspect: ${(error as Error).message}`);
		}
	}

	#answer(exchange: Exchange, isLocal: boolean): void {
		const path = exchange.target.replace(/\?.*$/s, '');
		const file = Object.hasOwn(FILES, path) ? FILES[path] : undefined;
		// A page of the web whose name leads to this machine must not read what is here (DNS rebinding).
		if (isLocal && !isLoopback(exchange.authority.replace(/:\d+$/, '').replace(/^\[(.*)\]$/, '$1'))) {
			refuse(exchange, 403, 'The inspector is for this machine: ask for 127.0.0.1.');
		} else if (exchange.method !== 'GET') {
			refuse(exchange, 405, 'GET only.', ['allow', 'GET']);
		} else if (path === '/events') {
			this.#show(exchange);
		} else if (file === undefined) {
			refuse(exchange, 404, 'There is no such page.');
		} else {
			answer(exchange, 200, file[1], readFileSync(new URL(`./inspector-page/${file[0]}`, import.meta.url)));
		}
	}

	#show(exchange: Exchange): void {
		const viewer: Viewer = {
			stream: eventStream(exchange, { fields: [...FIELDS] }),
			fresh: this.#journeys.slice(),
			omitted: 0,
		};
		this.#viewers.add(viewer);
		if (this.#unwatch === null) this.#unwatch = this.#inspected.watch((looks) => this.#told(looks));
		else tell(viewer, this.#looks);
		void viewer.stream.closed.then(() => {
			this.#viewers.delete(viewer);
			if (this.#viewers.size > 0) return;
			this.#unwatch?.();
			this.#unwatch = null;
			this.#journeys = [];
		});
	}

	#told(looks: readonly ProcessLook[]): void {
		this.#looks = looks;
		const journeys = looks.flatMap((look) => look.journeys).sort((one, other) => one.began - other.began);
		const omitted = looks.reduce((sum, look) => sum + look.omitted, 0);
		this.#journeys = [...this.#journeys, ...journeys].slice(-JOURNEYS_MAX);
		for (const viewer of this.#viewers) {
			const kept = [...viewer.fresh, ...journeys];
			viewer.fresh = kept.slice(-JOURNEYS_MAX);
			viewer.omitted += omitted + kept.length - viewer.fresh.length;
			tell(viewer, looks);
		}
	}
}

function tell(viewer: Viewer, looks: readonly ProcessLook[]): void {
	const now = {
		processes: looks.length,
		connections: looks.reduce((sum, look) => sum + look.connections, 0),
		figures: figuresOf(looks.map((look) => look.samples)),
		memory: looks.reduce((sum, look) => sum + look.memory, 0),
		views: looks.flatMap((look) => look.views),
	};
	// A viewer who does not keep up misses what is past: the next state has all that counts.
	if (!viewer.stream.send({ event: 'state', data: JSON.stringify(now) })) return;
	if (viewer.fresh.length === 0) return;
	const { omitted, fresh } = viewer;
	viewer.stream.send({ event: 'journeys', data: JSON.stringify({ omitted, journeys: fresh }) });
	viewer.fresh = [];
	viewer.omitted = 0;
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
