/** The response of a gateway application on its way to the exchange. */

import type { ByteString } from '../../layer/gateway/byte-string.ts';
import { ResponseHead } from '../../layer/gateway/response-head.ts';
import type { ExcInfo, FieldPairs } from '../../layer/gateway/start-response.ts';
import { described } from '../../rich/described.ts';
import type { Exchange } from '../../rich/exchange.ts';
import { Misuse } from '../../wire/fault.ts';
import { utf8 } from '../../wire/utf8.ts';
import { announcedLength, sentLines } from './sent-lines.ts';
import { type StatusLine, statusLine } from './status-line.ts';

const NO_TUNNEL = utf8('Not Implemented: the application opens no tunnels\n');

/**
 * Holds the head back until the first block that is not empty, or the end, so that it can be replaced; then sends block
 * by block.
 */
export class ResponseOut {
	/** Nothing more is to be sent: it was ended, or is whole with its head. */
	ended = false;
	readonly #exchange: Exchange;
	readonly #head: ResponseHead = new ResponseHead();
	/** Null until a head was accepted. */
	#status: StatusLine | null = null;
	#lines: string[] | null = null;
	/** The Content-Length that the application gave, or -1. */
	#announced = -1;

	constructor(exchange: Exchange) {
		this.#exchange = exchange;
	}

	/** Whether the head has been sent. */
	get sent(): boolean {
		return this.#head.sent;
	}

	/** A call of `startResponse`: what is wrong with a head is told here, where the application can be blamed. */
	start(status: ByteString, fields: FieldPairs, excInfo: ExcInfo | null | undefined): void {
		this.#head.start(status, fields, excInfo);
		this.#status = null;
		const line = statusLine(status);
		const lines = sentLines(fields);
		this.#announced = announcedLength(lines);
		this.#lines = lines;
		this.#status = line;
	}

	/**
	 * Sends a block; an empty one sends nothing, not even the head.
	 * @returns false when the next has to wait for drain
	 */
	write(block: Uint8Array): boolean {
		requireBlock(block);
		if (block.length === 0 || this.ended) return true;
		if (!this.#head.sent) {
			this.#begin(block.length, false);
			if (this.ended) return true;
		}
		return this.#exchange.write(block);
	}

	/** Ends the response, with a last block if there is one. */
	end(last: Uint8Array | null): void {
		if (last !== null) requireBlock(last);
		if (this.ended) return;
		if (!this.#head.sent) {
			this.#begin(last === null ? 0 : last.length, true);
			if (this.ended) return;
		}
		this.ended = true;
		this.#exchange.end(last);
	}

	/**
	 * Sends the head.
	 * @param length octets of the block behind it
	 * @param whole whether no other block follows
	 */
	#begin(length: number, whole: boolean): void {
		const status = this.#status ?? this.#refused();
		const lines = this.#lines as string[];
		const exchange = this.#exchange;
		const { method } = exchange;
		if (method === 'CONNECT' && status.code < 300) {
			this.#refuseTunnel();
			return;
		}
		if (status.empty) {
			if (length > 0) {
				throw new Misuse(
					'GATE-56',
					`A ${status.code} response has no content (RFC 9110 §6.4.1): return [], or take another status.`,
				);
			}
		} else if (this.#announced < 0) {
			// To HEAD an empty body tells nothing of what GET would have.
			if (whole && (length > 0 || method !== 'HEAD')) lines.push('content-length', String(length));
		} else if (method !== 'HEAD') {
			this.#checkLength(length, whole);
		}
		exchange.respond(status.code, lines, exchange.httpVersion === '2' ? undefined : status.reason);
		this.#head.sent = true;
		if (method !== 'HEAD') return;
		this.ended = true;
		exchange.end();
	}

	/** What can be known of a wrong Content-Length before it is sent is an error that the client can be told. */
	#checkLength(length: number, whole: boolean): void {
		if (length > this.#announced) {
			throw new Misuse('GATE-55', `${length - this.#announced} octets more than the Content-Length that was given.`);
		}
		if (whole && length < this.#announced) {
			throw new Misuse('GATE-55', `${this.#announced - length} octets less than the Content-Length that was given.`);
		}
	}

	/** A 2xx to CONNECT says that a tunnel is open (RFC 9110 §9.3.6), and this layer opens none. */
	#refuseTunnel(): void {
		this.#exchange.respond(501, ['content-type', 'text/plain; charset=utf-8']);
		this.#head.sent = true;
		this.ended = true;
		this.#exchange.end(NO_TUNNEL);
	}

	#refused(): never {
		// Says that startResponse was not called, if it was not.
		const status = this.#head.status;
		throw new Misuse(
			'GATE-10',
			`The response cannot begin: startResponse() refused ${JSON.stringify(status)} and its fields.`,
		);
	}
}

function requireBlock(block: unknown): void {
	if (block instanceof Uint8Array) return;
	throw new Misuse(
		'GATE-50',
		`A block of a body is a Uint8Array, not ${described(block)}: turn text into one by utf8(text).`,
	);
}
