/** Rich middleware that watches the exchanges below it, and tells a subscriber of their way. */
import { ObservedExchange } from '../middleware/observed-exchange.ts';
import { type RichApp, type RichMiddleware, requireRich, rich } from '../rich/app.ts';
import { described } from '../rich/described.ts';
import type { Exchange, PushHead, Tunnel } from '../rich/exchange.ts';
import type { TunnelHandler } from '../rich/handler.ts';
import { giveJournal, journalOf, lookOf, masked } from '../rich/journal.ts';
import type { Outcome } from '../rich/outcome.ts';
import { isThenable } from '../rich/thenable.ts';
import { Misuse } from '../wire/fault.ts';
import { Fields, type FieldsInit } from '../wire/fields.ts';
import { type Journey, JourneyRecord, type TimedStep } from './record.ts';

/** Who is told of journeys. What it throws harms no exchange: it goes to `failed`. */
export interface JourneySubscriber {
	/** An exchange has begun: of those it gives false for, nothing is recorded. All are recorded where it is left out. */
	readonly wanted?: ((exchange: Exchange) => boolean) | undefined;
	/** A step was taken. The journey grows on. */
	readonly step?: ((journey: Journey, step: TimedStep) => void) | undefined;
	/** The exchange is over, and the journey complete. */
	readonly ended?: ((journey: Journey) => void) | undefined;
	/** Told what the others have thrown; nobody by default. */
	readonly failed?: ((error: unknown) => void) | undefined;
}

/**
 * Records the way of each exchange: through layers and middleware, to escapes and what was decided of their placeholders, until its end.
 * Stands outermost. What happens above another `journeys()` is told to that one alone.
 *
 * @throws Misuse for what is no subscriber (JRN-1), and for what is no rich application
 * @example
 * const site = journeys({ ended: (journey) => console.log(JSON.stringify(journey)) })(app);
 */
export function journeys(subscriber: JourneySubscriber): RichMiddleware {
	requireSubscriber(subscriber);
	const safe = new Subscription(subscriber);
	return (app: RichApp): RichApp => watched(requireRich(app, 'journeys()'), safe);
}

function watched(app: RichApp, subscription: Subscription): RichApp {
	return rich((exchange) => {
		// One journey an exchange: who stands nearest to the server has it.
		if (journalOf(exchange)?.watches === true || !subscription.wants(exchange)) return app(exchange);
		const record = new JourneyRecord(exchange, subscription.step);
		const failed = (error: unknown): never => {
			record.tell({ kind: 'failed', error: masked(String(error)).slice(0, 500) });
			throw error;
		};
		try {
			const returned = ObservedExchange.observe(app, new WatchedExchange(exchange, record, subscription));
			return isThenable(returned) ? (returned as PromiseLike<void>).then(undefined, failed) : returned;
		} catch (error) {
			return failed(error);
		}
	}, app);
}

function requireSubscriber(given: unknown): void {
	if (typeof given !== 'object' || given === null) {
		throw new Misuse('JRN-1', `journeys() takes { step, ended }, not ${described(given)}.`);
	}
	for (const name of ['wanted', 'step', 'ended', 'failed'] as const) {
		const member = (given as JourneySubscriber)[name];
		if (member !== undefined && typeof member !== 'function') {
			throw new Misuse('JRN-1', `${name} of a subscriber to journeys is a function, not ${described(member)}.`);
		}
	}
}

/** A subscriber that may throw. */
class Subscription {
	readonly #subscriber: JourneySubscriber;
	readonly step: ((journey: Journey, step: TimedStep) => void) | null;

	constructor(subscriber: JourneySubscriber) {
		this.#subscriber = subscriber;
		this.step =
			subscriber.step === undefined
				? null
				: (journey, step) => void this.#safely(() => subscriber.step?.(journey, step));
	}

	wants(exchange: Exchange): boolean {
		return this.#safely(() => this.#subscriber.wanted?.(exchange) ?? true) ?? false;
	}

	ended(journey: Journey): void {
		this.#safely(() => this.#subscriber.ended?.(journey));
	}

	#safely<T>(call: () => T): T | undefined {
		try {
			return call();
		} catch (error) {
			try {
				this.#subscriber.failed?.(error);
			} catch {
				// Who fails at being told of a failure cannot be told of that.
			}
			return undefined;
		}
	}
}

/** An exchange whose way is recorded. */
class WatchedExchange extends ObservedExchange {
	readonly #record: JourneyRecord;
	readonly #subscription: Subscription;
	#octets = 0;

	static {
		giveJournal(WatchedExchange, (exchange) => exchange.#record);
	}

	constructor(exchange: Exchange, record: JourneyRecord, subscription: Subscription) {
		super(exchange);
		this.#record = record;
		this.#subscription = subscription;
	}

	override respond(status: number, fields?: FieldsInit, reason?: string): void {
		super.respond(status, fields, reason);
		if (this.outcome === null) {
			this.#record.tell({ kind: 'respond', response: lookOf(status, Fields.from(fields ?? []).lines) });
		}
	}

	override write(chunk: Uint8Array): boolean {
		const more = super.write(chunk);
		this.#octets += chunk.length;
		return more;
	}

	override end(chunk?: Uint8Array | null, trailers?: FieldsInit): void {
		super.end(chunk, trailers);
		if (this.outcome !== null) return;
		this.#octets += chunk?.length ?? 0;
		const { names } = lookOf(0, Fields.from(trailers ?? []).lines);
		this.#record.tell({ kind: 'end', octets: this.#octets, trailers: names });
	}

	override get inform(): ((status: number, fields?: FieldsInit) => void) | null {
		const inform = super.inform;
		if (inform === null) return null;
		return (status, fields) => {
			inform.call(this, status, fields);
			this.#record.tell({ kind: 'inform', response: lookOf(status, Fields.from(fields ?? []).lines) });
		};
	}

	override get push(): ((head: PushHead, app: RichApp) => void) | null {
		const push = super.push;
		if (push === null) return null;
		return (head, app) => {
			push.call(this, head, watched(requireRich(app, 'push()'), this.#subscription));
			this.#record.tell({ kind: 'push', target: masked(head.target) });
		};
	}

	override get accept(): ((fields: FieldsInit, handler: TunnelHandler) => Tunnel) | null {
		const accept = super.accept;
		if (accept === null) return null;
		return (fields, handler) => {
			const tunnel = accept.call(this, fields, handler);
			const status = this.method === 'CONNECT' ? 200 : 101;
			const response = lookOf(status, Fields.from(fields ?? []).lines);
			this.#record.tell({ kind: 'accept', protocol: this.protocol, response });
			return tunnel;
		};
	}

	protected override ended(outcome: Outcome): void {
		this.#record.outcome = outcome;
		this.#record.tell({ kind: 'closed', outcome });
		this.#subscription.ended(this.#record);
	}
}
