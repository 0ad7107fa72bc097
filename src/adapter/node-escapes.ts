/** What takes the exchanges of node applications over: escapes, whose placeholders the response is watched for. */
import {
	type DecidingExchange,
	type EscapeFrame,
	foreignPlaceholder,
	inFrame,
	isPlaceholderHead,
	Origin,
	type Placeholder,
} from '../escape/origin.ts';
import type { EscapeOptions } from '../layer/escape-options.ts';
import type { Diversion, Diverter, Divertible } from '../layer/node/diversion.ts';
import type { RichApp } from '../rich/app.ts';
import type { Exchange } from '../rich/exchange.ts';
import { type Journal, journalOf } from '../rich/journal.ts';
import type { Outcome } from '../rich/outcome.ts';

/** Runs applications in frames that they can escape from. */
export const nodeEscapes: Diverter = {
	run(call, exchange, request, run) {
		journalOf(exchange)?.tell({ kind: 'layer', layer: 'node' });
		return inFrame(new CallFrame(call, exchange, request), run);
	},
	divertible(exchange, lines) {
		return isPlaceholderHead(lines) ? new Foreign(foreignPlaceholder(exchange)) : null;
	},
};

/** The escapes of one call. */
class CallFrame implements EscapeFrame, Diversion {
	readonly request: object;
	readonly #call: Divertible;
	readonly #exchange: Exchange;
	#origin: Origin | null = null;
	readonly #failures: unknown[] = [];

	constructor(call: Divertible, exchange: Exchange, request: object) {
		this.#call = call;
		this.#exchange = exchange;
		this.request = request;
	}

	get journal(): Journal | null {
		return journalOf(this.#exchange);
	}

	register(app: RichApp, options?: EscapeOptions): Placeholder {
		if (this.#origin === null) {
			this.#origin = new Origin(this.#exchange, this.#call, (error) => void this.#failures.push(error));
			this.#call.divert(this);
		}
		return this.#origin.register(app, options);
	}

	send(response: object, made: Placeholder): boolean {
		// Who watches wants to see how it looks.
		if (this.journal !== null || this.#origin === null) return false;
		const { output } = this.#origin;
		return this.#call.endUntouched(response, (added) => void output.respondUntouched(made, added));
	}

	get output(): Exchange {
		return (this.#origin as Origin).output;
	}

	get arrived(): boolean {
		return this.#origin?.arrived === true;
	}

	flush(): void {
		this.#origin?.output.flush();
	}

	finish(): void | PromiseLike<void> {
		return this.#origin?.finish();
	}

	closed(outcome: Outcome): void | Promise<void> {
		this.#origin?.closed(outcome);
		this.#origin?.output.check();
		const telling = this.#origin?.telling ?? null;
		if (telling !== null) return telling.then(() => this.#checkFailures());
		this.#checkFailures();
	}

	#checkFailures(): void {
		const failures = this.#failures;
		if (failures.length === 1) throw failures[0];
		if (failures.length > 1) throw new AggregateError(failures, 'Several escapes failed.');
	}
}

/** A placeholder that nothing was registered for. */
class Foreign implements Diversion {
	readonly output: DecidingExchange;
	readonly arrived = false;

	constructor(output: DecidingExchange) {
		this.output = output;
	}

	flush(): void {}

	finish(): void {
		this.output.check();
	}

	closed(): void {
		this.output.check();
	}
}
