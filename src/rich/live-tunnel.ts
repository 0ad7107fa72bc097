/** A tunnel is its exchange seen from after `accept`: bytes only. */
import type { Tunnel } from './exchange.ts';
import type { LiveExchange } from './live-exchange.ts';

/** Forwards to the exchange it was accepted on; the exchange keeps the rules. */
export class LiveTunnel implements Tunnel {
	readonly #exchange: LiveExchange;

	constructor(exchange: LiveExchange) {
		this.#exchange = exchange;
	}

	get waiting(): number {
		return this.#exchange.waiting;
	}

	write(chunk: Uint8Array): boolean {
		return this.#exchange.write(chunk);
	}

	end(chunk?: Uint8Array): void {
		this.#exchange.end(chunk);
	}

	pause(): void {
		this.#exchange.pause();
	}

	resume(): void {
		this.#exchange.resume();
	}

	abort(code?: number): void {
		this.#exchange.abort(code);
	}
}
