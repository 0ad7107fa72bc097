/** A tunnel of the rich layer over one of the Fetch Server API. */
import { codeOfReset, protocolError } from '../../layer/fetch-server/protocol-error.ts';
import type { Tunnel } from '../../layer/fetch-server/tunnel.ts';
import type { CarrierEnd, CarrierSink } from '../../wire/carrier.ts';
import { Fields } from '../../wire/fields.ts';
import { outcomeOf } from './outcome-of.ts';

export class CarriedTunnel {
	readonly #sink: CarrierSink;
	readonly #opening: Promise<Tunnel>;
	#tunnel: Tunnel | null = null;
	#writer: WritableStreamDefaultWriter<Uint8Array> | null = null;
	#waiting = 0;
	#released: (() => void) | null = null;
	#held = false;
	#over = false;
	/** What has been asked for before the tunnel was open. */
	readonly #early: (() => void)[] = [];

	constructor(opening: Promise<Tunnel>, sink: CarrierSink) {
		this.#sink = sink;
		this.#opening = opening;
		void this.#run();
	}

	/** @returns how many bytes wait */
	write(chunk: Uint8Array): number {
		this.#waiting += chunk.length;
		this.#when(() => {
			this.#writer?.write(chunk).then(
				() => {
					this.#waiting -= chunk.length;
					if (!this.#over) this.#sink.sent(this.#waiting);
				},
				() => {},
			);
		});
		return this.#waiting;
	}

	end(): void {
		this.#when(() => void this.#writer?.close().catch(() => {}));
	}

	reset(code: number): void {
		this.#over = true;
		this.#when(() => this.#tunnel?.destroy(protocolError(codeOfReset(code), 'The application ended the tunnel.')));
		this.release();
	}

	hold(): void {
		this.#held = true;
	}

	release(): void {
		this.#held = false;
		this.#released?.();
		this.#released = null;
	}

	#when(act: () => void): void {
		if (this.#tunnel === null) this.#early.push(act);
		else act();
	}

	async #run(): Promise<void> {
		try {
			const tunnel = await this.#opening;
			this.#tunnel = tunnel;
			this.#writer = tunnel.writable.getWriter();
			for (const act of this.#early.splice(0)) act();
			const reader = tunnel.readable.getReader();
			for (;;) {
				if (this.#held) await new Promise<void>((resolve) => (this.#released = resolve));
				const { done, value } = await reader.read();
				if (this.#over) return;
				if (done) break;
				this.#sink.content(value);
			}
			this.#sink.contentEnd(new Fields());
			await tunnel.closed;
			this.#close('complete', 0);
		} catch (error) {
			const { reason, code } = outcomeOf(error);
			this.#close(reason as CarrierEnd, code);
		}
	}

	#close(end: CarrierEnd, code: number): void {
		if (this.#over) return;
		this.#over = true;
		this.#sink.closed(end, code);
	}
}
