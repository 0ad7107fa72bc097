/**
 * What the server sees of one exchange, told to the page by another: browsers hand out a response only when the request
 * has ended, and an exchange that was reset has no response at all.
 */
import { type Exchange, utf8 } from 'rsgi';
import { type EventStream, eventStream } from 'rsgi/events';

/** Server-sent events about exchanges, by an id that the client chooses. Nothing is kept that nobody listens to. */
export class SideChannel {
	readonly #listeners = new Map<string, Set<EventStream>>();

	/** Answers the exchange with the events of that id, from now on. */
	listen(exchange: Exchange, id: string | null): void {
		if (id === null || !/^[\w-]{1,64}$/.test(id)) {
			exchange.respond(400, ['content-type', 'text/plain; charset=utf-8']);
			exchange.end(utf8('Name what to listen to: ?id=… of letters, digits, _ and -\n'));
			return;
		}
		const stream = eventStream(exchange);
		const listeners = this.#listeners.get(id) ?? new Set();
		this.#listeners.set(id, listeners.add(stream));
		void stream.closed.then(() => {
			listeners.delete(stream);
			if (listeners.size === 0 && this.#listeners.get(id) === listeners) this.#listeners.delete(id);
		});
	}

	/** Tells whoever listens to that id. */
	tell(id: string | null, event: string, data: unknown): void {
		if (id === null) return;
		for (const stream of this.#listeners.get(id) ?? []) stream.send({ event, data: JSON.stringify(data) });
	}
}
