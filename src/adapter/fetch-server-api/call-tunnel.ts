/** The tunnel that a handler is given: bytes, or capsules, or datagrams. */
import type { CapsuleStream, DatagramStream, Tunnel } from '../../layer/fetch-server/tunnel.ts';
import type { FetchServerCall } from './call.ts';
import { CapsuleStreams } from './capsule-streams.ts';
import { TunnelEnd } from './tunnel-end.ts';

/** Accepts the tunnel that the exchange asks for. */
export function openTunnel(call: FetchServerCall, lines: readonly string[]): Tunnel {
	call.tunnel = new TunnelEnd(call.exchange, lines);
	return new CallTunnel(call.tunnel);
}

class CallTunnel implements Tunnel {
	readonly #end: TunnelEnd;
	#capsules: CapsuleStreams | null = null;

	constructor(end: TunnelEnd) {
		this.#end = end;
	}

	get readable(): ReadableStream<Uint8Array> {
		this.#requireBytes('readable');
		return this.#end.readable;
	}

	get writable(): WritableStream<Uint8Array> {
		this.#requireBytes('writable');
		return this.#end.writable;
	}

	capsules(): CapsuleStream {
		return this.#streams('capsules()').capsules();
	}

	datagrams(): DatagramStream {
		return this.#streams('datagrams()').datagrams();
	}

	close(): void {
		this.#end.close();
	}

	destroy(error?: unknown): void {
		this.#end.destroy(error);
	}

	get closed(): Promise<undefined> {
		return this.#end.closed;
	}

	async [Symbol.asyncDispose](): Promise<void> {
		if (this.#end.over) return;
		this.#end.close();
		await this.#end.closed;
	}

	#streams(operation: string): CapsuleStreams {
		if (this.#capsules === null) {
			if (this.#end.readable.locked || this.#end.writable.locked) {
				throw new DOMException(
					`${operation} was called when the bytes of the tunnel are being read or written already: it is one or the other. (FSA-46)`,
					'InvalidStateError',
				);
			}
			this.#capsules = new CapsuleStreams(this.#end);
		}
		return this.#capsules;
	}

	#requireBytes(member: string): void {
		if (this.#capsules === null) return;
		throw new DOMException(
			`${member} was asked for after capsules() or datagrams(), which have taken the bytes. (FSA-46)`,
			'InvalidStateError',
		);
	}
}
