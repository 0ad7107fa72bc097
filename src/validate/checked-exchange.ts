/** An exchange with both sides looked at: what the application commands (VALID-22 to VALID-25), what the server offers. */
import type { RichApp } from '../rich/app.ts';
import type { Exchange, PushHead, Tunnel } from '../rich/exchange.ts';
import { type Handler, requireHandler, type TunnelHandler } from '../rich/handler.ts';
import { Command, inOrder, Stage } from '../rich/order.ts';
import { DROPPED, FORBIDDEN, responseContent } from '../rich/response-content.ts';
import { informFields, requireReason, sentFields, trailerFields, tunnelFields } from '../rich/sent-fields.ts';
import { isThenable } from '../rich/thenable.ts';
import { WrappedExchange } from '../rich/wrapped-exchange.ts';
import { Misuse } from '../wire/fault.ts';
import type { FieldsInit } from '../wire/fields.ts';
import { layerOf } from '../wire/layer.ts';
import { checkedHandler, type HandlerOwner } from './checked-handler.ts';
import { ExchangeState } from './exchange-state.ts';
import type { Inspector } from './finding.ts';

/** The life of the exchanges of one validator. */
export interface Watch {
	/** A handler was attached: `closed` is owed. */
	attached(exchange: CheckedExchange): void;
	/** `closed` came. */
	closed(exchange: CheckedExchange): void;
	/** A pushed application, with a validator round it. */
	pushed(app: RichApp): RichApp;
}

/** One exchange, passed on. */
export class CheckedExchange extends WrappedExchange implements HandlerOwner {
	readonly state: ExchangeState = new ExchangeState();
	readonly inspector: Inspector;
	readonly #watch: Watch;

	constructor(inner: Exchange, inspector: Inspector, watch: Watch) {
		super(inner);
		this.inspector = inspector;
		this.#watch = watch;
	}

	/** Calls the application, as `WrappedExchange.run` does. */
	call(app: RichApp): void | PromiseLike<void> {
		let returned: unknown;
		try {
			returned = app(this);
			if (!isThenable(returned)) {
				if (returned !== undefined && returned !== null) this.attach(returned as Handler);
				this.state.settled = true;
				return;
			}
		} finally {
			this.state.called = true;
		}
		return (returned as PromiseLike<Handler | undefined | void>).then(
			(handler) => {
				if (handler !== undefined && handler !== null) this.attach(handler);
				this.state.settled = true;
			},
			(error: unknown) => {
				this.state.settled = true;
				throw error;
			},
		);
	}

	override attach(handler: Handler): void {
		const { state } = this;
		this.#command(
			() => {
				requireHandler(handler);
				if (state.attached) {
					throw new Misuse(
						'RICH-4',
						'A handler was attached a second time: attach once, or return it, or use content().',
					);
				}
				if (!state.settled || this.outcome !== null || (handler.data === undefined && handler.end === undefined))
					return;
				throw new Misuse(
					'RICH-7',
					'A handler with data or end was attached after the application had settled, when content is dropped already: attach before, or return it.',
				);
			},
			() =>
				super.attach(typeof handler === 'object' && handler !== null ? checkedHandler(handler, this, false) : handler),
		);
		state.attached = true;
		this.#watch.attached(this);
	}

	override pause(): void {
		this.#command(null, () => super.pause());
		this.state.paused = true;
	}

	override resume(): void {
		this.#command(null, () => super.resume());
		this.state.paused = false;
	}

	override discard(): void {
		this.#command(null, () => super.discard());
		// Bytes behind CONNECT are the tunnel's: nothing is discarded there.
		if (this.method !== 'CONNECT') this.state.discarded = true;
	}

	override respond(status: number, fields?: FieldsInit, reason?: string): void {
		const { state } = this;
		this.#command(
			() => {
				if (!Number.isInteger(status) || status < 200 || status > 599) {
					throw new Misuse('RICH-12', `respond was called with the status ${String(status)}: give 200 to 599.`);
				}
				inOrder(Command.RESPOND, state.stage);
				if (status < 300 && this.method === 'CONNECT') {
					throw new Misuse('RICH-31', `respond was called with ${status} for CONNECT: open the tunnel by accept.`);
				}
				if (reason !== undefined) requireReason(reason);
				state.remaining = responseContent(this.method, status, sentFields(fields));
			},
			() => super.respond(status, fields, reason),
		);
		if (state.stage === Stage.HEAD) state.stage = Stage.CONTENT;
	}

	override write(chunk: Uint8Array): boolean {
		return this.sends(chunk, () => super.write(chunk));
	}

	override end(chunk?: Uint8Array | null, trailers?: FieldsInit): void {
		this.ends(chunk, trailers, () => super.end(chunk, trailers));
	}

	override abort(code?: number): void {
		this.#command(null, () => super.abort(code));
	}

	override refuse(): void {
		this.#command(
			() => void inOrder(Command.REFUSE, this.state.stage),
			() => super.refuse(),
		);
	}

	override retire(): void {
		this.#command(null, () => super.retire());
	}

	override get inform(): ((status: number, fields?: FieldsInit) => void) | null {
		return super.inform === null ? null : CheckedExchange.#informed;
	}
	static #informed(this: CheckedExchange, status: number, fields?: FieldsInit): void {
		CheckedExchange.#mine(this, 'inform').#inform(status, fields);
	}
	#inform(status: number, fields?: FieldsInit): void {
		const inform = super.inform;
		this.#command(
			() => {
				if (!Number.isInteger(status) || status < 100 || status > 199 || status === 101) {
					throw new Misuse('RICH-13', `inform was called with the status ${String(status)}: give 100 to 199, not 101.`);
				}
				inOrder(Command.INFORM, this.state.stage);
				informFields(fields);
			},
			() => inform?.call(this, status, fields),
		);
	}

	override get push(): ((head: PushHead, app: RichApp) => void) | null {
		return super.push === null ? null : CheckedExchange.#pushed;
	}
	static #pushed(this: CheckedExchange, head: PushHead, app: RichApp): void {
		CheckedExchange.#mine(this, 'push').#push(head, app);
	}
	#push(head: PushHead, app: RichApp): void {
		const push = super.push;
		const pushed = layerOf(app) === 'rich' ? this.#watch.pushed(app) : app;
		this.#command(
			() => void inOrder(Command.PUSH, this.state.stage),
			() => push?.call(this, head, pushed),
		);
	}

	override get accept(): ((fields: FieldsInit, handler: TunnelHandler) => Tunnel) | null {
		return super.accept === null ? null : CheckedExchange.#accepted;
	}
	static #accepted(this: CheckedExchange, fields: FieldsInit, handler: TunnelHandler): Tunnel {
		return CheckedExchange.#mine(this, 'accept').#accept(fields, handler);
	}
	#accept(fields: FieldsInit, handler: TunnelHandler): Tunnel {
		const accept = super.accept;
		const { state } = this;
		const tunnel = this.#command(
			() => {
				tunnelFields(fields);
				requireHandler(handler);
				inOrder(Command.ACCEPT, state.stage);
			},
			() => {
				const wanted = typeof handler === 'object' && handler !== null ? checkedHandler(handler, this, true) : handler;
				return accept?.call(this, fields, wanted) as Tunnel;
			},
		);
		if (state.stage === Stage.HEAD) state.stage = Stage.TUNNEL;
		state.paused = false;
		return {
			get waiting() {
				return tunnel.waiting;
			},
			write: (chunk) => this.sends(chunk, () => tunnel.write(chunk)),
			end: (chunk) => this.ends(chunk, undefined, () => tunnel.end(chunk)),
			pause: () => {
				this.#command(null, () => tunnel.pause());
				state.paused = true;
			},
			resume: () => {
				this.#command(null, () => tunnel.resume());
				state.paused = false;
			},
			abort: (code) => this.#command(null, () => tunnel.abort(code)),
		};
	}

	/** A write, of the exchange or of its tunnel. */
	private sends(chunk: Uint8Array, act: () => boolean): boolean {
		const { state } = this;
		const more = this.#command(() => {
			inOrder(Command.WRITE, state.stage);
			this.#content(chunk);
			this.unchanged();
			if (state.drainOwed && !state.overrun) {
				state.overrun = true;
				throw new Misuse('VALID-23', 'write was called after it had said false: wait for drain.');
			}
		}, act);
		if (typeof more !== 'boolean') {
			this.inspector.above('RICH-22', `write gave ${String(more)}.`, 'Say whether more may be written.');
		}
		if (this.outcome !== null) return more;
		if (chunk instanceof Uint8Array && state.remaining !== DROPPED) state.written.add(chunk);
		// The rest of a HEAD response is dropped: the server has ended it, and no drain will come.
		if (more === false && state.remaining !== DROPPED) state.drainOwed = true;
		return more;
	}

	/** The end, of the response or of our half of the tunnel. */
	private ends(chunk: Uint8Array | null | undefined, trailers: FieldsInit | undefined, act: () => void): void {
		const { state } = this;
		this.#command(() => {
			inOrder(Command.END, state.stage);
			const section = trailerFields(trailers);
			if (section !== null && !this.trailers) {
				throw new Misuse(
					'RICH-20',
					'end was called with trailer fields that cannot be sent: ask exchange.trailers first.',
				);
			}
			if (chunk !== undefined && chunk !== null) this.#content(chunk);
			if (state.remaining > 0) {
				const missing = state.remaining;
				state.remaining = 0;
				throw new Misuse(
					'RICH-19',
					`The response ended ${missing} octets short of its Content-Length: announce what comes, or leave it out.`,
				);
			}
		}, act);
		if (this.outcome === null && chunk instanceof Uint8Array) state.written.add(chunk);
		if (state.stage === Stage.CONTENT) state.stage = Stage.ENDED;
		else if (state.stage === Stage.TUNNEL) state.stage = Stage.TUNNEL_ENDED;
	}

	unchanged(): void {
		if (!this.state.written.changed()) return;
		const message = 'A chunk was changed after it had been written.';
		const fix = 'It is the server’s until drain or closed: write a new one, or chunk.slice().';
		this.inspector.below('VALID-24', message, fix);
	}

	concluded(): void {
		this.#watch.closed(this);
	}

	#content(chunk: Uint8Array): void {
		const { state } = this;
		if (!(chunk instanceof Uint8Array)) {
			throw new Misuse('RICH-22', `Content was given as ${typeof chunk}: give a Uint8Array, as utf8(text).`);
		}
		if (chunk.length === 0 || state.remaining === DROPPED || state.stage === Stage.TUNNEL) return;
		if (state.remaining === FORBIDDEN) {
			throw new Misuse('RICH-18', 'Content was given to a 204, 205 or 304 response: give none.');
		}
		if (state.remaining < 0) return;
		if (chunk.length > state.remaining) {
			const more = chunk.length - state.remaining;
			throw new Misuse('RICH-19', `There are ${more} octets more than Content-Length: announce what comes.`);
		}
		state.remaining -= chunk.length;
	}

	/**
	 * Executes a command, having looked at it first. After the end of the exchange everything is inert, and right.
	 * @param check throws Misuse for what is wrong
	 */
	#command<T>(check: (() => void) | null, act: () => T): T {
		let told: string | null = null;
		if (check !== null && this.outcome === null) {
			try {
				check();
			} catch (error) {
				if (!(error instanceof Misuse)) throw error;
				told = error.rule;
				this.inspector.misuse(error);
			}
		}
		this.state.commands++;
		try {
			return act();
		} catch (error) {
			// What the server refuses and we did not see is the application's all the same.
			if (error instanceof Misuse && told === null) this.inspector.misuse(error);
			throw error;
		} finally {
			this.state.commands--;
		}
	}

	static #mine(exchange: unknown, command: string): CheckedExchange {
		if (exchange instanceof CheckedExchange) return exchange;
		throw new Misuse('RICH-40', `${command} is a method: call it as exchange.${command}?.(…), not detached.`);
	}
}
