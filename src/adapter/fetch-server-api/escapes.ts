/** The escape of one exchange of the Fetch Server API: what handlers register, and who has the exchange after them. */
import type { DecidingExchange, EscapeFrame, Lower, Placeholder } from '../../escape/origin.ts';
import { foreignPlaceholder, isPlaceholderHead, Origin } from '../../escape/origin.ts';
import type { EscapeOptions } from '../../layer/escape-options.ts';
import type { Past } from '../../layer/yielding-handler.ts';
import type { RichApp } from '../../rich/app.ts';
import type { Exchange, UnreadContent } from '../../rich/exchange.ts';
import type { Handler } from '../../rich/handler.ts';
import { type Journal, journalOf } from '../../rich/journal.ts';
import type { Outcome } from '../../rich/outcome.ts';

/** What the escape asks of the call that it is of. */
export interface EscapingCall {
	readonly exchange: Exchange;
	/** What its requests are known by. */
	readonly context: object;
	readonly unread: UnreadContent;
	handOver(successor: Handler): Past;
	/** The response is over: the rest of the request is unwanted. */
	finish(): void;
	/** What the handlers have not read is not for them any more. */
	handedOver(): void;
	/** For the log, when the exchange is over. */
	failed(error: unknown): void;
}

export class CallEscapes implements EscapeFrame, Lower {
	/** Where a response goes: to the exchange, or to what decides whether it is a placeholder. */
	out: Exchange;
	readonly #call: EscapingCall;
	#origin: Origin | null = null;
	#foreign: DecidingExchange | null = null;

	constructor(call: EscapingCall) {
		this.#call = call;
		this.out = call.exchange;
	}

	get request(): object {
		return this.#call.context;
	}

	get journal(): Journal | null {
		return journalOf(this.#call.exchange);
	}

	register(app: RichApp, options?: EscapeOptions): Placeholder {
		if (this.#origin === null) {
			const { exchange } = this.#call;
			const origin = new Origin(exchange, this, (error) => this.#call.failed(error));
			if (!exchange.responded) this.out = origin.output;
			this.#origin = origin;
		}
		return this.#origin.register(app, options);
	}

	/** Whether something was registered: then a 2xx to CONNECT may be a placeholder. */
	get registered(): boolean {
		return this.#origin !== null;
	}

	/** The head of the response goes, by `out`. */
	respond(status: number, lines: readonly string[], reason: string | undefined): void {
		if (this.#origin === null && isPlaceholderHead(lines)) {
			this.#foreign = foreignPlaceholder(this.#call.exchange);
			this.out = this.#foreign;
		}
		this.out.respond(status, lines, reason);
	}

	/** @throws EscapeFault for a placeholder that could not be run: it is for the log, the client has its answer (ESC-12) */
	check(): void {
		try {
			this.#foreign?.check();
			this.#origin?.output.check();
		} catch (error) {
			this.#call.finish();
			throw error;
		}
	}

	/**
	 * The response is over, and its body closed. If it was a placeholder, what it stands for comes now.
	 * @returns null where it was none: the rest of the request is unwanted then
	 * @throws EscapeFault as {@link CallEscapes.check}, and what the application throws
	 */
	finish(): Promise<void> | null {
		const origin = this.#origin;
		if (origin?.arrived !== true) {
			this.check();
			void origin?.finish();
			return null;
		}
		this.#call.handedOver();
		return Promise.resolve(origin.finish());
	}

	get unread(): UnreadContent {
		return this.#call.unread;
	}

	handOver(handler: Handler): Past {
		return this.#call.handOver(handler);
	}

	/** The exchange is over. @returns what is told of it, which may go on */
	closed(outcome: Outcome): Promise<unknown> | null {
		this.#origin?.closed(outcome);
		return this.#origin?.telling ?? null;
	}
}
