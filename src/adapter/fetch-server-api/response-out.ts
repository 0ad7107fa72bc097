/** Sends the Response of a handler, with its trailer fields. */
import { BODY_ABORTS, type ProtocolError, resetCode, sendableCode } from '../../layer/fetch-server/protocol-error.ts';
import { trailersOf } from '../../layer/fetch-server/trailers.ts';
import { OUTPUT_MARKS } from '../../rich/context.ts';
import { described } from '../../rich/described.ts';
import type { Exchange } from '../../rich/exchange.ts';
import { quiet } from '../../wire/quiet.ts';
import { responseLines } from '../fetch-server/response-lines.ts';
import type { FetchServerCall, ResponseEvents } from './call.ts';
import { headerLines } from './header-lines.ts';

export class ResponseOut implements ResponseEvents {
	readonly #call: FetchServerCall;
	readonly #exchange: Exchange;
	readonly #response: Response;
	#reader: ReadableStreamDefaultReader<unknown> | null = null;
	#drained: (() => void) | null = null;

	constructor(call: FetchServerCall, response: Response) {
		this.#call = call;
		this.#exchange = call.exchange;
		this.#response = response;
	}

	/** Sends it. What throws before the response has begun can still be answered in another way. */
	async send(): Promise<void> {
		const { body } = this.#response;
		if (body === null || this.#exchange.method === 'HEAD') {
			this.#begin();
			await this.#end();
			await body?.cancel();
			return;
		}
		this.#call.sending = this;
		const reader = body.getReader() as ReadableStreamDefaultReader<unknown>;
		this.#reader = reader;
		reader.closed.catch(() => {
			// Of a body that has failed there is nothing left to cancel.
			this.#reader = null;
		});
		// Before the head: a body that is made of the request’s asks the client for it, and a client that waits for 100 (Continue) is
		// told nothing more of it once the response has begun.
		const first = quiet(reader.read());
		// Behind the input that is being read, so that what is there already goes with the head, and with its length.
		await null;
		try {
			this.#begin();
		} catch (error) {
			void quiet(reader.cancel(error));
			throw error;
		}
		if (await this.#copy(reader, first)) await this.#end();
	}

	#begin(): void {
		const { status, statusText } = this.#response;
		this.#exchange.respond(status, responseLines(this.#response), statusText === '' ? undefined : statusText);
	}

	/** @returns whether all of it has been sent */
	async #copy(
		reader: ReadableStreamDefaultReader<unknown>,
		first: ReturnType<ReadableStreamDefaultReader<unknown>['read']>,
	): Promise<boolean> {
		const exchange = this.#exchange;
		try {
			for (let next = first; ; next = reader.read()) {
				const { done, value } = await next;
				if (exchange.outcome !== null) return false;
				if (done) return true;
				await this.#write(requireChunk(value, reader));
			}
		} catch (error) {
			const code = sendableCode(error, BODY_ABORTS);
			if (code === null || exchange.outcome !== null) throw error;
			exchange.abort(resetCode(code));
			return false;
		} finally {
			this.#reader = null;
		}
	}

	/** In pieces that always fit under the hard mark. */
	async #write(chunk: Uint8Array): Promise<void> {
		for (let at = 0; at < chunk.length; at += OUTPUT_MARKS.high) {
			if (this.#exchange.write(chunk.subarray(at, at + OUTPUT_MARKS.high))) continue;
			await new Promise<void>((resolve) => {
				this.#drained = resolve;
			});
		}
	}

	async #end(): Promise<void> {
		const trailers = trailersOf(this.#response);
		// They cannot be sent to everybody; whoever made them need not know.
		if (trailers === null || !this.#exchange.trailers || this.#exchange.method === 'HEAD') {
			void trailers?.catch(() => {});
			this.#exchange.end();
		} else {
			this.#exchange.end(null, headerLines(await trailers));
		}
		this.#call.finish();
	}

	drain(): void {
		this.#drained?.();
		this.#drained = null;
	}

	closed(reason: ProtocolError): Promise<unknown> | undefined {
		this.drain();
		return this.#reader?.cancel(reason);
	}
}

function requireChunk(chunk: unknown, reader: ReadableStreamDefaultReader<unknown>): Uint8Array {
	if (chunk instanceof Uint8Array) return chunk;
	const fix = typeof chunk === 'string' ? ': pipe text through a TextEncoderStream' : '';
	const error = new TypeError(
		`The body of a Response is a stream of Uint8Array, not ${described(chunk)}${fix}. (FSA-52)`,
	);
	void quiet(reader.cancel(error));
	throw error;
}
