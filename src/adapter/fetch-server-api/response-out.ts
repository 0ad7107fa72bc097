/** Sends the Response of a handler, with its trailer fields. */
import { EscapeFault } from '../../escape/origin.ts';
import { BODY_ABORTS, type ProtocolError, resetCode, sendableCode } from '../../layer/fetch-server/protocol-error.ts';
import { trailersOf } from '../../layer/fetch-server/trailers.ts';
import { OUTPUT_MARKS } from '../../rich/context.ts';
import { described } from '../../rich/described.ts';
import { quiet } from '../../wire/quiet.ts';
import { responseLines } from '../fetch-call/response-lines.ts';
import type { FetchServerCall, ResponseEvents } from './call.ts';
import { headerLines } from './header-lines.ts';

export class ResponseOut implements ResponseEvents {
	readonly #call: FetchServerCall;
	readonly #response: Response;
	#reader: ReadableStreamDefaultReader<unknown> | null = null;
	#drained: (() => void) | null = null;

	constructor(call: FetchServerCall, response: Response) {
		this.#call = call;
		this.#response = response;
	}

	/** Sends it. What throws before the response has begun can still be answered in another way. */
	async send(): Promise<void> {
		const { body } = this.#response;
		if (body === null || this.#call.exchange.method === 'HEAD') {
			this.#begin();
			// What an application takes over is closed before (ESC-20). Twice is as once.
			if (this.#call.escapes.registered) await body?.cancel();
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
		const lines = responseLines(this.#response);
		this.#call.escapes.respond(status, lines, statusText === '' ? undefined : statusText);
		this.#call.answering = true;
		this.#call.escapes.check();
	}

	/** @returns whether all of it has been sent */
	async #copy(
		reader: ReadableStreamDefaultReader<unknown>,
		first: ReturnType<ReadableStreamDefaultReader<unknown>['read']>,
	): Promise<boolean> {
		const { exchange } = this.#call;
		try {
			for (let next = first; ; next = reader.read()) {
				const { done, value } = await next;
				if (exchange.outcome !== null) return false;
				if (done) return true;
				await this.#write(requireChunk(value, reader));
				this.#call.escapes.check();
			}
		} catch (error) {
			if (error instanceof EscapeFault) void quiet(reader.cancel(error));
			const code = sendableCode(error, BODY_ABORTS);
			if (code === null || exchange.outcome !== null || !exchange.responded) throw error;
			exchange.abort(resetCode(code));
			return false;
		} finally {
			this.#reader = null;
		}
	}

	/** In pieces that always fit under the hard mark. */
	async #write(chunk: Uint8Array): Promise<void> {
		for (let at = 0; at < chunk.length; at += OUTPUT_MARKS.high) {
			if (this.#call.escapes.out.write(chunk.subarray(at, at + OUTPUT_MARKS.high))) continue;
			await new Promise<void>((resolve) => {
				this.#drained = resolve;
			});
		}
	}

	async #end(): Promise<void> {
		const trailers = trailersOf(this.#response);
		const { exchange, escapes } = this.#call;
		// They cannot be sent to everybody; whoever made them need not know.
		if (trailers === null || !exchange.trailers || exchange.method === 'HEAD') {
			void trailers?.catch(() => {});
			escapes.out.end();
		} else {
			escapes.out.end(null, headerLines(await trailers));
		}
		const ran = escapes.finish();
		if (ran === null) this.#call.finish();
		else await ran;
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
