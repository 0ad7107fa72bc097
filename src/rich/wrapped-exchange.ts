/** What rich middleware wraps an exchange in: one object, whose methods a subclass overrides (RICH-41). */
import type { Priority } from '../wire/carrier.ts';
import { Misuse } from '../wire/fault.ts';
import type { Fields, FieldsInit } from '../wire/fields.ts';
import type { RichApp } from './app.ts';
import type { ConnectionFacts } from './connection-facts.ts';
import type { Exchange, PushHead, Tunnel, UnreadContent } from './exchange.ts';
import type { Handler, TunnelHandler } from './handler.ts';
import { giveJournal, journalOf } from './journal.ts';
import type { Outcome } from './outcome.ts';
import { isThenable } from './thenable.ts';

/**
 * An exchange that passes everything on. Override what the middleware changes: `respond` and `write` for the response,
 * `attach` (and `accept`) to wrap the events. A capability is removed by overriding its getter to give null.
 *
 * @example
 * class Stamped extends WrappedExchange {
 *   override respond(status: number, fields?: FieldsInit, reason?: string): void {
 *     super.respond(status, Fields.from(fields ?? []).clone().append('x-stamp', '1'), reason);
 *   }
 * }
 * const stamp: RichMiddleware = (app) => rich((exchange) => Stamped.run(app, new Stamped(exchange)), app);
 */
export class WrappedExchange implements Exchange {
	readonly #inner: Exchange;

	constructor(inner: Exchange) {
		this.#inner = inner;
	}

	static {
		// That of what is wrapped: middleware in between does not hide an exchange from who watches it.
		giveJournal(WrappedExchange, (wrapped) => journalOf(wrapped.#inner));
	}

	/**
	 * Runs an application on a wrapped exchange, so that a handler it returns is attached through the wrapper and not
	 * behind its back. Returns what the middleware's own function shall return.
	 */
	static run(app: RichApp, exchange: Exchange): void | PromiseLike<void> {
		const returned = app(exchange);
		if (returned === undefined || returned === null) return;
		if (isThenable(returned)) {
			return returned.then((handler: Handler | undefined | void) => {
				if (handler !== undefined && handler !== null) exchange.attach(handler);
			});
		}
		exchange.attach(returned as Handler);
	}

	get method(): string {
		return this.#inner.method;
	}
	get scheme(): string {
		return this.#inner.scheme;
	}
	get authority(): string {
		return this.#inner.authority;
	}
	get target(): string {
		return this.#inner.target;
	}
	get protocol(): string | null {
		return this.#inner.protocol;
	}
	get fields(): Fields {
		return this.#inner.fields;
	}
	get httpVersion(): '1.0' | '1.1' | '2' {
		return this.#inner.httpVersion;
	}
	get connection(): ConnectionFacts {
		return this.#inner.connection;
	}
	get trailers(): boolean {
		return this.#inner.trailers;
	}
	get responded(): boolean {
		return this.#inner.responded;
	}
	get outcome(): Outcome | null {
		return this.#inner.outcome;
	}
	get inherited(): Fields | null {
		return this.#inner.inherited;
	}
	get unread(): UnreadContent {
		return this.#inner.unread;
	}
	get priority(): Priority {
		return this.#inner.priority;
	}
	set priority(priority: Priority) {
		this.#inner.priority = priority;
	}

	attach(handler: Handler): void {
		this.#inner.attach(handler);
	}
	pause(): void {
		this.#inner.pause();
	}
	resume(): void {
		this.#inner.resume();
	}
	discard(): void {
		this.#inner.discard();
	}
	respond(status: number, fields?: FieldsInit, reason?: string): void {
		this.#inner.respond(status, fields, reason);
	}
	write(chunk: Uint8Array): boolean {
		return this.#inner.write(chunk);
	}
	end(chunk?: Uint8Array | null, trailers?: FieldsInit): void {
		this.#inner.end(chunk, trailers);
	}
	abort(code?: number): void {
		this.#inner.abort(code);
	}
	refuse(): void {
		this.#inner.refuse();
	}
	retire(): void {
		this.#inner.retire();
	}

	get inform(): ((status: number, fields?: FieldsInit) => void) | null {
		return this.#inner.inform === null ? null : WrappedExchange.#inform;
	}
	static #inform(this: WrappedExchange, status: number, fields?: FieldsInit): void {
		WrappedExchange.#of(this, 'inform').inform?.(status, fields);
	}

	get push(): ((head: PushHead, app: RichApp) => void) | null {
		return this.#inner.push === null ? null : WrappedExchange.#push;
	}
	static #push(this: WrappedExchange, head: PushHead, app: RichApp): void {
		WrappedExchange.#of(this, 'push').push?.(head, app);
	}

	get accept(): ((fields: FieldsInit, handler: TunnelHandler) => Tunnel) | null {
		return this.#inner.accept === null ? null : WrappedExchange.#accept;
	}
	static #accept(this: WrappedExchange, fields: FieldsInit, handler: TunnelHandler): Tunnel {
		const accept = WrappedExchange.#of(this, 'accept').accept;
		if (accept === null) throw new Misuse('RICH-29', 'This request asks for no tunnel: accept is null.');
		return accept.call(this.#inner, fields, handler);
	}

	static #of(wrapped: unknown, command: string): Exchange {
		if (wrapped instanceof WrappedExchange) return wrapped.#inner;
		throw new Misuse('RICH-40', `${command} is a method: call it as exchange.${command}?.(…), not detached.`);
	}
}
