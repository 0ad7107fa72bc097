/**
 * The origin of escapes: where the placeholders of one exchange are made, and where they must arrive to be run. An adapter makes
 * one for an exchange when something is registered, sends its response to `output`, and calls `finish` when that is over.
 */
import type { EscapeOptions } from '../layer/escape-options.ts';
import type { RichApp } from '../rich/app.ts';
import type { Exchange } from '../rich/exchange.ts';
import { type Journal, journalOf } from '../rich/journal.ts';
import type { Outcome } from '../rich/outcome.ts';
import { isThenable } from '../rich/thenable.ts';
import { WrappedExchange } from '../rich/wrapped-exchange.ts';
import { Misuse } from '../wire/fault.ts';
import type { Fields } from '../wire/fields.ts';
import { DecidingExchange } from './deciding-exchange.ts';
import { EscapeFault } from './escape-fault.ts';
import { EscapedExchange, type Lower } from './escaped-exchange.ts';
import type { Placeholder } from './placeholder.ts';
import { Registrations } from './registrations.ts';

export type { DecidingExchange } from './deciding-exchange.ts';
export { EscapeFault } from './escape-fault.ts';
export type { Lower } from './escaped-exchange.ts';
export { type EscapeFrame, inFrame, inJournal, layerJournal } from './frame.ts';
export { isPlaceholderHead, type Placeholder } from './placeholder.ts';

/** What a layer declares that its applications may escape to, where they declare nothing (ESC-9). */
export const ESCAPED_PROTOCOLS: readonly string[] = ['websocket'];

/** How deep applications may escape from applications that have escaped. */
const DEPTH_MAX = 8;

/** How deep the exchange of a placeholder that has arrived is, by the fields it has inherited, which nobody can replace. */
const depths = new WeakMap<Fields, number>();

/** The escapes of one exchange. */
export class Origin {
	/** What the layer responds to from now on, in place of the exchange. */
	readonly output: DecidingExchange;
	readonly #exchange: Exchange;
	readonly #lower: Lower;
	readonly #registrations: Registrations;
	readonly #failed: (error: unknown) => void;
	readonly #journal: Journal | null;
	#finished = false;

	/** @param failed a log: told what `discarded` callbacks, and handlers at events of the past, have thrown */
	constructor(exchange: Exchange, lower: Lower, failed: (error: unknown) => void) {
		this.#exchange = exchange;
		this.#lower = lower;
		this.#failed = failed;
		this.#journal = journalOf(exchange);
		this.#registrations = new Registrations(failed, this.#journal);
		this.output = new DecidingExchange(exchange, this.#registrations);
	}

	/**
	 * Registers an application for this exchange.
	 * @throws Misuse when it is too late (ESC-5), for what cannot be registered (RICH-3, ESC-6), and for too many (ESC-7, ESC-8)
	 */
	register(app: RichApp, options: EscapeOptions = {}): Placeholder {
		const { outcome } = this.#exchange;
		const isBroken = outcome !== null && outcome.reason !== 'complete';
		const isOver = this.#finished || this.#registrations.over || outcome !== null;
		if (!isBroken && (isOver || this.output.responded)) {
			throw new Misuse(
				'ESC-5',
				'An escape was registered when the response had begun, or its exchange was over: register before anything is sent.',
			);
		}
		const { inherited } = this.#exchange;
		if (inherited !== null && (depths.get(inherited) ?? 1) >= DEPTH_MAX) {
			throw new Misuse('ESC-8', `Escapes go ${DEPTH_MAX} deep at most: does an application escape to itself?`);
		}
		const made = this.#registrations.add(app, options);
		// Whoever is slower than the client's patience has done nothing wrong.
		if (isBroken) this.closed(outcome);
		return made;
	}

	/** The exchange is over: nothing that is registered will be run. */
	closed(outcome: Outcome): void {
		this.#registrations.close({ reason: 'ended', outcome });
	}

	/** Fulfilled when all that was told of the end has settled; null where nothing has to be waited for. */
	get telling(): Promise<unknown> | null {
		return this.#registrations.telling;
	}

	/** Whether a placeholder has arrived that is to be run, once the response that brought it is over. */
	get arrived(): boolean {
		return this.output.arrived !== null && this.#exchange.outcome === null;
	}

	/**
	 * The layer's response is over, and closed. Runs the application whose placeholder has arrived, if one has.
	 * @returns a promise where the application gave one
	 * @throws EscapeFault for a placeholder that cannot be run (ESC-12, ESC-21), and what the application throws
	 */
	finish(): void | PromiseLike<void> {
		this.#finished = true;
		this.output.check();
		const { arrived } = this.output;
		const registration = this.arrived && this.#registrations.isLive(arrived) ? arrived : null;
		const short = registration?.options.content === 'whole' && this.#lower.unread !== 'whole';
		if (registration !== null && !short) this.#registrations.take(registration);
		this.#registrations.close({ reason: short ? 'refused' : 'replaced' });
		if (registration === null) return;
		if (short) {
			throw new EscapeFault(
				'ESC-21',
				'The application was registered to get all of the request content, and some has been read in a layer above it: leave out the middleware that parses bodies on this route.',
			);
		}
		const inherited = this.output.added;
		this.#journal?.tell({ kind: 'run', inherited: namesOf(inherited), dropped: this.output.dropped });
		const outer = this.#exchange.inherited;
		// The first step, as nearly always, need not be remembered: it is what is not known to be deeper.
		if (outer !== null) depths.set(inherited, 1 + (depths.get(outer) ?? 1));
		const escaped = new EscapedExchange(this.#exchange, this.#lower, inherited, this.#failed);
		const returned = WrappedExchange.run(registration.app, escaped);
		if (!isThenable(returned)) {
			escaped.settled();
			return;
		}
		return (returned as PromiseLike<void>).then(() => escaped.settled());
	}
}

function namesOf(fields: Fields): string[] {
	return [...fields].map(([name]) => name.toLowerCase());
}

/** For a placeholder's head where nothing was registered: it can only be sent stripped, or not at all. */
export function foreignPlaceholder(exchange: Exchange): DecidingExchange {
	return new DecidingExchange(exchange, NOTHING);
}

const NOTHING = new Registrations(() => {});
