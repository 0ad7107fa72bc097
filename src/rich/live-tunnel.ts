/** A tunnel is its exchange seen from after `accept`: bytes only. */
import type { Exchange, Tunnel } from './exchange.ts';

/** Forwards to the exchange it was accepted on; the exchange keeps the rules. */
export class LiveTunnel implements Tunnel {
	readonly #exchange: Exchange;

	constructor(exchange: Exchange) {
		this.#exchange = exchange;
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
