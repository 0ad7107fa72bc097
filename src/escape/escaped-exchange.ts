/** The exchange that a rich application gets when its placeholder has arrived: the whole exchange, less what the layers above took. */
import type { Past } from '../layer/yielding-handler.ts';
import type { Exchange, Tunnel, UnreadContent } from '../rich/exchange.ts';
import { attachedAlready, type Handler, requireHandler, type TunnelHandler } from '../rich/handler.ts';
import { journalOf } from '../rich/journal.ts';
import { WrappedExchange } from '../rich/wrapped-exchange.ts';
import type { Fields, FieldsInit } from '../wire/fields.ts';
import { merged, mergedNames } from './added-fields.ts';
import { HandedOver } from './handed-over.ts';

/** What the layer that has the exchange does for the application that takes it over. */
export interface Lower {
	/** How much of the request content it has left. */
	readonly unread: UnreadContent;
	/** It is attached, and has paused, at the latest from now on, and events go to this handler. @returns what has been told already */
	handOver(handler: Handler): Past;
	/** The application has responded, or taken the tunnel, with these fields: for layers whose responses can be looked at behind it. */
	answered?(status: number, fields: FieldsInit, reason?: string): void;
}

/** Where it stands with the events. */
const WAITING = 0;
const ATTACHED = 1;

/** Wraps the server's exchange. */
export class EscapedExchange extends WrappedExchange {
	readonly #exchange: Exchange;
	readonly #lower: Lower;
	readonly #inherited: Fields;
	readonly #unread: UnreadContent;
	readonly #failed: (error: unknown) => void;
	#stage: number = WAITING;
	#paused = false;
	#keepsDrain = false;
	#drained = false;

	constructor(exchange: Exchange, lower: Lower, inherited: Fields, failed: (error: unknown) => void) {
		super(exchange);
		this.#exchange = exchange;
		this.#lower = lower;
		this.#inherited = inherited;
		this.#unread = lower.unread;
		this.#failed = failed;
	}

	override get inherited(): Fields {
		return this.#inherited;
	}

	override get unread(): UnreadContent {
		return this.#unread;
	}

	override respond(status: number, fields?: FieldsInit, reason?: string): void {
		const all = this.#merged(fields);
		super.respond(status, all, reason);
		this.#lower.answered?.(status, all, reason);
	}

	override write(chunk: Uint8Array): boolean {
		const more = super.write(chunk);
		if (!more && this.#stage === WAITING) this.#keepDrain();
		return more;
	}

	/** Until a handler is attached a drain is kept for it (RICH-5). The layer above would take it for one of its own. */
	#keepDrain(): void {
		this.#drained = false;
		if (this.#keepsDrain) return;
		this.#keepsDrain = true;
		this.#lower.handOver({
			drain: () => {
				this.#drained = true;
			},
		});
	}

	override attach(handler: Handler): void {
		requireHandler(handler);
		if (this.#stage === ATTACHED) throw attachedAlready();
		this.#stage = ATTACHED;
		const heir = new HandedOver(handler, this.#exchange, this.#failed);
		heir.owe(this.#lower.handOver(heir), this.#drained);
		// Who takes no content is not to ask the client for it (RICH-21): what comes is not wanted, and waits for the end.
		if (!this.#paused && (handler.data !== undefined || !this.fields.has('expect'))) super.resume();
	}

	override pause(): void {
		this.#paused = true;
		super.pause();
	}

	override resume(): void {
		this.#paused = false;
		// Until something is attached, no content is wanted (RICH-5): what pauses is the layer above.
		if (this.#stage === ATTACHED) super.resume();
	}

	override get accept(): Exchange['accept'] {
		return super.accept === null ? null : EscapedExchange.#accept;
	}

	static #accept(this: EscapedExchange, fields: FieldsInit, handler: TunnelHandler): Tunnel {
		const accept = this.#exchange.accept as NonNullable<Exchange['accept']>;
		const all = this.#merged(fields);
		const tunnel = accept.call(this.#exchange, all, handler);
		this.#lower.answered?.(this.#exchange.method === 'CONNECT' ? 200 : 101, all);
		return tunnel;
	}

	#merged(fields: FieldsInit | undefined): FieldsInit {
		journalOf(this.#exchange)?.tell({ kind: 'merge', ...mergedNames(this.#inherited, fields) });
		return merged(this.#inherited, fields);
	}

	/** The application has settled. What it has not attached to is unwanted (RICH-7). */
	settled(): void {
		if (this.#stage === WAITING) super.discard();
	}
}
