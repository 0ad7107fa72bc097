/** An exchange whose response is compressed on its way out, if it may be. */

import type { RichApp } from '../../rich/app.ts';
import { OUTPUT_MARKS } from '../../rich/context.ts';
import type { Exchange, PushHead, Tunnel } from '../../rich/exchange.ts';
import type { TunnelHandler } from '../../rich/handler.ts';
import { responseContent } from '../../rich/response-content.ts';
import { requireReason, sentFields, trailerFields } from '../../rich/sent-fields.ts';
import { BackpressureFault, Misuse } from '../../wire/fault.ts';
import type { Fields, FieldsInit } from '../../wire/fields.ts';
import { ObservedExchange } from '../observed-exchange.ts';
import { codedFields, mayBeCoded, unchangedFields, varied } from './coded-fields.ts';
import { CODINGS, type Coder, type Coding } from './coder.ts';

/** What {@link CompressedExchange} needs to know. */
export interface CompressedOptions {
	/** What the client prefers, or null when it takes none. */
	readonly coding: Coding | null;
	readonly threshold: number;
	readonly compressible: (fields: Fields, exchange: Exchange) => boolean;
}

/** A response whose length is not known yet: its head waits for the first content, to the end of the turn at most. */
interface Held {
	readonly status: number;
	readonly fields: Fields;
	readonly reason: string | undefined;
}

export class CompressedExchange extends ObservedExchange {
	readonly #options: CompressedOptions;
	#held: Held | null = null;
	#coder: Coder | null = null;
	/** To HEAD a coded head is sent, and the content is dropped uncoded. */
	#ended = false;
	/** The application was told false, and not yet to go on. */
	#owed = false;
	/** Bytes that still have to come under the application's own Content-Length; -1 without one. */
	#remaining = -1;

	constructor(exchange: Exchange, options: CompressedOptions) {
		super(exchange);
		this.#options = options;
	}

	override get responded(): boolean {
		return this.#held !== null || super.responded;
	}

	override respond(status: number, init: FieldsInit = [], reason?: string): void {
		// Of a second one the inner exchange shall complain, so the first must have reached it.
		this.#release();
		if (super.responded || this.outcome !== null || !Number.isInteger(status) || status < 200 || status > 599) {
			super.respond(status, init, reason);
			return;
		}
		// Checked here, where the application can be told: the head may go out when it is not there any more.
		if (reason !== undefined) requireReason(reason);
		const fields = sentFields(init);
		responseContent(this.method, status, fields);
		if (status === 304) {
			super.respond(status, unchangedFields(fields, this.fields), reason);
			return;
		}
		if (!mayBeCoded(status, fields) || !this.#options.compressible(fields, this)) {
			super.respond(status, fields, reason);
			return;
		}
		const length = fields.first('content-length');
		if (this.#options.coding === null || (length !== null && Number(length) < this.#options.threshold)) {
			super.respond(status, varied(fields), reason);
			return;
		}
		this.#held = { status, fields, reason };
		if (length !== null) this.#begin(true);
		else queueMicrotask(() => this.#turnEnded());
	}

	override write(chunk: Uint8Array): boolean {
		this.#release();
		const coder = this.#coder;
		if (coder === null || this.outcome !== null) return super.write(chunk);
		if (this.#ended) throw new Misuse('RICH-12', 'write was called after end: the order is respond → write* → end.');
		return this.#code(coder, chunk);
	}

	override end(chunk?: Uint8Array | null, trailers?: FieldsInit): void {
		if (this.#held !== null) this.#begin((chunk?.length ?? 0) >= this.#options.threshold);
		const coder = this.#coder;
		if (coder === null || this.outcome !== null) {
			super.end(chunk, trailers);
			return;
		}
		if (this.#ended) throw new Misuse('RICH-12', 'end was called after end: the order is respond → write* → end.');
		const section = trailerFields(trailers);
		if (section !== null && !this.trailers) {
			throw new Misuse('RICH-20', 'Trailer fields cannot be sent here: ask exchange.trailers first.');
		}
		if (chunk !== undefined && chunk !== null) this.#code(coder, chunk);
		if (this.#remaining > 0) {
			this.failed(new Misuse('RICH-19', `The response ended ${this.#remaining} bytes short of its Content-Length.`));
			return;
		}
		this.#ended = true;
		this.#owed = false;
		coder.on('end', () => this.#send(() => super.end(null, section ?? undefined)));
		coder.end();
	}

	protected override drained(): boolean {
		if (this.#coder === null) return true;
		this.#coder.resume();
		return false;
	}

	protected override ended(): void {
		this.#coder?.destroy();
	}

	/** The application's length holds for what it writes, although it is not sent (RICH-19). */
	#code(coder: Coder, chunk: Uint8Array): boolean {
		if (!(chunk instanceof Uint8Array)) {
			throw new Misuse('RICH-22', 'Content is a Uint8Array: turn text into bytes with utf8(text).');
		}
		if (chunk.length === 0) return !this.#owed;
		if (this.#remaining >= 0) {
			if (chunk.length > this.#remaining) {
				throw new Misuse('RICH-19', `${chunk.length - this.#remaining} bytes more than the Content-Length.`);
			}
			this.#remaining -= chunk.length;
		}
		const waiting = coder.writableLength;
		if (waiting > 0 && waiting + chunk.length > OUTPUT_MARKS.hard) {
			throw new BackpressureFault(
				'RICH-23',
				`${waiting} bytes wait already: after write() returns false, wait for drain.`,
			);
		}
		if (coder.write(chunk, () => this.#idle(coder))) return true;
		this.#owed = true;
		return false;
	}

	/** A chunk has been coded. When no other waits, what the coder still holds goes out: nobody knows when more will come. */
	#idle(coder: Coder): void {
		if (this.#ended || coder.destroyed || coder.writableLength > 0) return;
		coder.flush(CODINGS[this.#options.coding as Coding].flush);
	}

	/** The head may have been waited for in vain: the application failed, and another answered for it. */
	#turnEnded(): void {
		if (super.responded) this.#held = null;
		else this.#send(() => this.#release());
	}

	/** Sends the head that is held, and codes: its content is longer than can be waited for. */
	#release(): void {
		if (this.#held !== null) this.#begin(true);
	}

	#begin(coded: boolean): void {
		const { status, fields, reason } = this.#held as Held;
		this.#held = null;
		if (!coded) {
			super.respond(status, varied(fields), reason);
			return;
		}
		const { coding } = this.#options;
		const length = fields.first('content-length');
		super.respond(status, codedFields(fields, coding as Coding), reason);
		// To HEAD the server drops what is written, and counts it: it need not be coded for that.
		if (this.method === 'HEAD' || this.outcome !== null) return;
		if (length !== null) this.#remaining = Number(length);
		const coder = CODINGS[coding as Coding].create();
		this.#coder = coder;
		coder.on('data', (chunk: Uint8Array) =>
			this.#send(() => {
				if (!super.write(chunk)) coder.pause();
			}),
		);
		coder.on('drain', () => {
			if (!this.#owed || this.#ended) return;
			this.#owed = false;
			this.tellDrain();
		});
		coder.on('error', (error) => this.failed(error));
	}

	/** Nobody could catch what is thrown in an event of a coder. */
	#send(act: () => void): void {
		try {
			act();
		} catch (error) {
			this.failed(error);
		}
	}

	// ---- what must not overtake a head that is held ---------------------------------------------------------------------

	override get inform(): ((status: number, fields?: FieldsInit) => void) | null {
		this.#release();
		return super.inform;
	}

	override get push(): ((head: PushHead, app: RichApp) => void) | null {
		this.#release();
		return super.push;
	}

	override get accept(): ((fields: FieldsInit, handler: TunnelHandler) => Tunnel) | null {
		this.#release();
		return super.accept;
	}

	override refuse(): void {
		this.#release();
		super.refuse();
	}
}
