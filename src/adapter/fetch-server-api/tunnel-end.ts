/** Our end of a tunnel: its bytes as streams, and the one way in which it ends. */
import {
	endedError,
	protocolError,
	resetCode,
	sendableCode,
	TUNNEL_ABORTS,
} from '../../layer/fetch-server/protocol-error.ts';
import { OUTPUT_MARKS } from '../../rich/context.ts';
import { described } from '../../rich/described.ts';
import type { Exchange, Tunnel } from '../../rich/exchange.ts';
import type { Outcome } from '../../rich/outcome.ts';
import { quiet } from '../../wire/quiet.ts';
import { type ContentSource, RequestContent } from '../fetch-call/request-content.ts';

export class TunnelEnd implements ContentSource {
	readonly readable: ReadableStream<Uint8Array>;
	readonly writable: WritableStream<Uint8Array>;
	readonly closed: Promise<undefined>;
	readonly #exchange: Exchange;
	readonly #tunnel: Tunnel;
	readonly #in: RequestContent;
	#out!: WritableStreamDefaultController;
	readonly #settle: PromiseWithResolvers<undefined>;
	/** What is written goes behind what was written before, whoever writes. */
	#written: Promise<void> = Promise.resolve();
	#drained: (() => void) | null = null;
	/** Our direction has ended, or is about to. */
	#ending = false;
	/** How it ended: true for well. */
	#over: true | { readonly error: unknown } | null = null;
	/** Told when the tunnel breaks: streams of others. */
	broken: ((error: unknown) => void) | null = null;

	/** Accepts the tunnel with these field lines. */
	constructor(exchange: Exchange, lines: readonly string[]) {
		this.#exchange = exchange;
		this.#settle = Promise.withResolvers();
		this.closed = quiet(this.#settle.promise);
		this.#in = new RequestContent(this);
		this.readable = this.#in.stream;
		this.writable = new WritableStream<Uint8Array>({
			start: (controller) => {
				this.#out = controller;
				// The stream itself waits with an abort until a write that is under way has ended.
				controller.signal.addEventListener('abort', () => this.destroy(controller.signal.reason));
			},
			write: (chunk) => this.write(bytesOf(chunk)),
			close: () => this.end(),
			abort: (reason) => this.destroy(reason),
		});
		const { accept } = exchange;
		if (accept === null) throw new DOMException('This request asks for no tunnel. (FSA-40)', 'InvalidStateError');
		this.#tunnel = accept.call(exchange, lines, {
			data: (chunk) => this.#in.data(chunk),
			end: () => this.#in.end(),
			drain: () => this.#drain(),
			closed: (outcome) => this.#closed(outcome),
		});
		this.#tunnel.pause();
	}

	/** Sends bytes, which may be changed afterwards; fulfilled when more may come. */
	write(bytes: Uint8Array): Promise<void> {
		const copy = bytes.slice();
		const written = this.#written.then(() => this.#write(copy));
		this.#written = quiet(written);
		return written;
	}

	async #write(bytes: Uint8Array): Promise<void> {
		// In pieces that always fit under the hard mark.
		for (let at = 0; at < bytes.length; at += OUTPUT_MARKS.high) {
			if (this.#over !== null) throw this.#failure();
			if (this.#tunnel.write(bytes.subarray(at, at + OUTPUT_MARKS.high))) continue;
			await new Promise<void>((resolve) => {
				this.#drained = resolve;
			});
		}
	}

	/** Ends our direction behind what was written. */
	async end(): Promise<void> {
		if (this.#ending) return;
		this.#ending = true;
		await this.#written.catch(() => {});
		if (this.#over === null) this.#tunnel.end();
	}

	/** The same, with streams that somebody may hold. */
	close(): void {
		if (this.#ending || this.#over !== null) return;
		if (!this.writable.locked) {
			void quiet(this.writable.close());
			return;
		}
		void this.end();
		this.#out.error(new DOMException('The tunnel was closed. (FSA-43)', 'InvalidStateError'));
	}

	destroy(error?: unknown): void {
		if (this.#over !== null) return;
		const code = sendableCode(error, TUNNEL_ABORTS) ?? 'ERR_HTTP_CONNECT_ERROR';
		this.#break(error ?? protocolError('ERR_HTTP_CONNECT_ERROR', 'The tunnel was destroyed.'));
		this.#tunnel.abort(resetCode(code));
	}

	/** Whether it has ended, in whatever way. */
	get over(): boolean {
		return this.#over !== null;
	}

	#failure(): unknown {
		return this.#over === null || this.#over === true
			? new DOMException('The tunnel is closed. (FSA-43)', 'InvalidStateError')
			: this.#over.error;
	}

	#break(error: unknown): void {
		this.#over = { error };
		this.#in.fail(error);
		this.#out.error(error);
		this.#settle.reject(error);
		this.broken?.(error);
		this.#drain();
	}

	#drain(): void {
		this.#drained?.();
		this.#drained = null;
	}

	// ---- what the stream of bytes asks for ---------------------------------------------------------------------------

	resume(): void {
		this.#tunnel.resume();
	}

	pause(): void {
		this.#tunnel.pause();
	}

	discard(reason: unknown): void {
		this.destroy(reason);
	}

	#closed(outcome: Outcome): void {
		if (this.#over !== null) return;
		if (outcome.reason !== 'complete') {
			this.#break(endedError(outcome, this.#exchange.httpVersion));
			return;
		}
		this.#over = true;
		this.#settle.resolve(undefined);
		this.#drain();
	}
}

/** What can be sent: bytes, in whatever view. */
function bytesOf(chunk: unknown): Uint8Array {
	if (chunk instanceof Uint8Array) return chunk;
	if (chunk instanceof ArrayBuffer) return new Uint8Array(chunk);
	if (ArrayBuffer.isView(chunk)) return new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.byteLength);
	const fix = typeof chunk === 'string' ? ': pipe text through a TextEncoderStream' : '';
	throw new TypeError(`A tunnel takes bytes, not ${described(chunk)}${fix}. (FSA-42)`);
}
