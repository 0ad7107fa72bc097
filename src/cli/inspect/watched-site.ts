/** The server of this process, as it is looked at: its connections, and the exchanges that have ended. */
import type { ConnectionView } from '../../connection/connection-view.ts';
import type { Server } from '../../host/node/serve.ts';
import { type Journey, journeys } from '../../journey/journey.ts';
import type { RichMiddleware } from '../../rich/app.ts';
import { INTERVAL, type Inspected, JOURNEYS_MAX, type ProcessLook, type ShownConnection } from './look.ts';
import { RecentExchanges } from './recent-exchanges.ts';

/** Watches one server. */
export class WatchedSite implements Inspected {
	readonly #recent = new RecentExchanges();
	/** The server; once there is one. */
	server: Server | null = null;
	#journeys: Journey[] = [];
	/** Journeys that nobody has been told of yet, while somebody looks on. */
	#fresh: Journey[] | null = null;
	#omitted = 0;
	/** How each connection stood when it was told of last. */
	#told = new Map<number, ConnectionView>();
	readonly middleware: RichMiddleware = journeys({ ended: (journey) => this.#ended(journey) });

	watch(told: (looks: readonly ProcessLook[]) => void): () => void {
		this.#fresh = this.#journeys.slice(-JOURNEYS_MAX);
		this.#omitted = 0;
		const tell = (): void => told([this.#look()]);
		tell();
		const timer = setInterval(tell, INTERVAL);
		return () => {
			clearInterval(timer);
			this.#fresh = null;
			this.#told = new Map();
		};
	}

	#look(): ProcessLook {
		const views = this.server?.view() ?? [];
		const shown = views.map((view) => shownConnection(view, this.#told.get(view.facts.id)));
		this.#told = new Map(views.map((view) => [view.facts.id, view]));
		const fresh = this.#fresh ?? [];
		const omitted = this.#omitted;
		this.#fresh = [];
		this.#omitted = 0;
		return {
			connections: this.server?.connections ?? 0,
			memory: process.memoryUsage.rss(),
			samples: this.#recent.samples(performance.now()),
			views: shown,
			// Names of fields are enough for people; and plain data goes to other processes.
			journeys: JSON.parse(JSON.stringify(fresh, (key, value) => (key === 'shown' ? undefined : value))),
			omitted,
		};
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
		if (this.#fresh === null) return;
		if (this.#fresh.length < JOURNEYS_MAX) this.#fresh.push(journey);
		else this.#omitted++;
	}
}

/** What is shown of a connection. Of its facts, which are read from the socket when they are asked for, few. */
function shownConnection(view: ConnectionView, before: ConnectionView | undefined): ShownConnection {
	const { facts } = view;
	// No rates are known the first time.
	const seconds = before === undefined ? Number.POSITIVE_INFINITY : Math.max(1, view.age - before.age) / 1000;
	return {
		...view,
		facts: { id: String(facts.id), peer: facts.peer, tls: facts.tls === null ? null : { version: facts.tls.version } },
		sending: (view.sent - (before?.sent ?? 0)) / seconds,
		receiving: (view.received - (before?.received ?? 0)) / seconds,
	};
}
