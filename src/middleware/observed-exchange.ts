/** What middleware wraps an exchange in that must hear its events whatever the application does. */
import type { RichApp } from '../rich/app.ts';
import { attachedAlready, type Handler, requireHandler } from '../rich/handler.ts';
import type { Outcome } from '../rich/outcome.ts';
import { isThenable } from '../rich/thenable.ts';
import { WrappedExchange } from '../rich/wrapped-exchange.ts';
import type { Priority } from '../wire/carrier.ts';
import { ErrorCode } from '../wire/fault.ts';
import type { Fields, FieldsInit } from '../wire/fields.ts';

/**
 * A wrapped exchange whose subclass hears `drained` and `ended`, also when the application attaches nothing. The
 * application's handler hears its events as before; one that is attached late is told what it has missed.
 */
export class ObservedExchange extends WrappedExchange {
	#handler: Handler | null = null;
	/** The inner exchange has our ears. */
	#listening = false;
	/** It was paused for an application that is still under way and has attached nothing: its content waits for that. */
	#holding = false;
	/** What the application said last of pausing, while it is held. */
	#paused = false;
	#responseEnded = false;
	/** What the application's handler threw outside of an event of the inner exchange. */
	#failure: { readonly error: unknown } | null = null;
	/** Resolves with a handler that comes late, for the events it has missed. */
	#late: PromiseWithResolvers<Handler> | null = null;

	/**
	 * Runs an application on such an exchange, and listens in its place as long as it has attached nothing. Returns what the
	 * middleware's own function shall return.
	 */
	static observe(app: RichApp, exchange: ObservedExchange): void | PromiseLike<void> {
		let returned: void | PromiseLike<void>;
		try {
			returned = WrappedExchange.run(app, exchange);
		} catch (error) {
			exchange.#settle();
			throw error;
		}
		if (returned === undefined) exchange.#settle();
		else {
			exchange.#listen();
			return returned.then(
				() => exchange.#settle(),
				(error: unknown) => {
					exchange.#settle();
					throw error;
				},
			);
		}
	}

	/**
	 * The inner exchange drains.
	 * @returns whether that is the application's drain too
	 */
	protected drained(): boolean {
		return true;
	}

	/** The exchange is over. Called before the application hears of it; must not throw. */
	protected ended(_outcome: Outcome): void {}

	/** Tells the application's handler to go on, from outside of an event. What it throws is a failure as in any event. */
	protected tellDrain(): void {
		try {
			const told = this.#passDrain();
			if (isThenable(told)) told.then(undefined, (error: unknown) => this.failed(error));
		} catch (error) {
			this.failed(error);
		}
	}

	/** The application, or the middleware, failed outside of an event: the exchange is reset, and the log told by `closed`. */
	protected failed(error: unknown): void {
		this.#failure ??= { error };
		super.abort(ErrorCode.INTERNAL_ERROR);
	}

	override attach(handler: Handler): void {
		requireHandler(handler);
		if (this.#handler !== null) {
			throw attachedAlready();
		}
		this.#handler = handler;
		if (!this.#listening) {
			this.#listening = true;
			super.attach(ears(this));
		}
		this.#late?.resolve(handler);
		// After what was missed: the end of an empty request may be among it, and nothing that is held comes before this returns.
		this.#release();
	}

	override pause(): void {
		this.#paused = true;
		super.pause();
	}

	override resume(): void {
		this.#paused = false;
		if (!this.#holding) super.resume();
	}

	override end(chunk?: Uint8Array | null, trailers?: FieldsInit): void {
		super.end(chunk, trailers);
		this.#responseEnded = true;
	}

	/** For {@link Ears}: the application's handler. */
	get heard(): Handler | null {
		return this.#handler;
	}

	/** For {@link Ears}: the end of the request, which a pause does not hold back (RICH-25). */
	hearEnd(trailers: Fields): unknown {
		if (this.#handler !== null) return this.#handler.end?.(trailers);
		return this.#whenLate((handler) => {
			// What has come is told before `complete`, and cut off by every other end (RICH-9).
			const { outcome } = this;
			return outcome === null || outcome.reason === 'complete' ? handler.end?.(trailers) : undefined;
		});
	}

	/** For {@link Ears}. */
	hearDrain(): unknown {
		return this.drained() ? this.#passDrain() : undefined;
	}

	/** For {@link Ears}. */
	hearStopping(): unknown {
		if (this.#handler !== null) return this.#handler.stopping?.();
		return this.#whenLate((handler) => (this.outcome === null ? handler.stopping?.() : undefined));
	}

	/** For {@link Ears}. */
	hearClosed(outcome: Outcome): unknown {
		this.ended(outcome);
		const told = this.#handler === null ? this.#whenLate((handler) => handler.closed?.(outcome)) : this.#tell(outcome);
		if (this.#failure !== null) throw this.#failure.error;
		return told;
	}

	#tell(outcome: Outcome): unknown {
		return this.#handler?.closed?.(outcome);
	}

	#passDrain(): unknown {
		if (this.#handler !== null) return this.#handler.drain?.();
		return this.#whenLate((handler) => (this.#responseEnded || this.outcome !== null ? undefined : handler.drain?.()));
	}

	/** Pending until a handler comes, and for ever if none does: nothing waits for it, and it goes with the exchange. */
	#whenLate(tell: (handler: Handler) => unknown): Promise<unknown> {
		this.#late ??= Promise.withResolvers();
		return this.#late.promise.then(tell);
	}

	/** The application is under way, for who knows how long: that the exchange is over is to be heard all the same. */
	#listen(): void {
		if (this.#listening) return;
		this.#listening = true;
		this.#holding = true;
		super.pause();
		super.attach(ears(this));
	}

	#release(): void {
		if (!this.#holding) return;
		this.#holding = false;
		if (!this.#paused) super.resume();
	}

	#settle(): void {
		if (this.#handler !== null) return;
		if (!this.#listening) {
			this.#listening = true;
			super.attach(ears(this));
		}
		// As the server does for who attaches nothing (RICH-7).
		super.discard();
	}
}

/** The handler of the inner exchange. It has `data` only if the application's has: `data` asks for 100 (Continue). */
class Ears {
	readonly #exchange: ObservedExchange;

	constructor(exchange: ObservedExchange) {
		this.#exchange = exchange;
	}

	get data(): ((chunk: Uint8Array) => unknown) | undefined {
		return this.#exchange.heard?.data === undefined ? undefined : Ears.#data;
	}
	static #data(this: Ears, chunk: Uint8Array): unknown {
		return this.#exchange.heard?.data?.(chunk);
	}

	end(trailers: Fields): unknown {
		return this.#exchange.hearEnd(trailers);
	}

	drain(): unknown {
		return this.#exchange.hearDrain();
	}

	priority(priority: Priority): unknown {
		return this.#exchange.heard?.priority?.(priority);
	}

	stopping(): unknown {
		return this.#exchange.hearStopping();
	}

	closed(outcome: Outcome): unknown {
		return this.#exchange.hearClosed(outcome);
	}
}

function ears(exchange: ObservedExchange): Handler {
	return new Ears(exchange) as Handler;
}
