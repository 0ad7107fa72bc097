/** A tunnel is its exchange seen from after `accept`: bytes only. */
import type { Output } from '../wire/output.ts';
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

	/** Room in the output for octets that are made there, not copied; null where they must be written. */
	claim(octets: number): Output | null {
		return this.#exchange.claim(octets);
	}

	/** So many octets of the room have been filled. @returns the same as `write` */
	claimed(octets: number): boolean {
		return this.#exchange.claimed(octets);
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
