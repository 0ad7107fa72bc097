/** The response of a gateway application on its way to the exchange. */

import { type DecidingExchange, foreignPlaceholder, type Placeholder } from '../../escape/origin.ts';
import { type ByteString, bytes } from '../../layer/gateway/byte-string.ts';
import { notStarted, requireHead, startedTwice } from '../../layer/gateway/response-head.ts';
import type { ExcInfo, FieldPairs } from '../../layer/gateway/start-response.ts';
import { described } from '../../rich/described.ts';
import type { Exchange } from '../../rich/exchange.ts';
import { Misuse } from '../../wire/fault.ts';
import { refuseTunnel } from '../no-tunnel.ts';
import { knownLines, type SentLines, sentLines, withLength } from './sent-lines.ts';
import { knownStatus, type StatusLine, statusLine } from './status-line.ts';

/** `startResponse` has not been called. */
const SILENT = 0;
/** It has, and the head may still be replaced. */
const STARTED = 1;
const SENT = 2;
const ENDED = 3;

/** The status of a placeholder. */
const OK: StatusLine = statusLine(bytes('200 OK'));

/**
 * Holds the head back until the first block that is not empty, or the end, so that it can be replaced; then sends block
 * by block.
 */
export class ResponseOut {
	#exchange: Exchange;
	/** What decides whether the response is a placeholder: from the first registration on, or for one that nobody registered. */
	#deciding: DecidingExchange | null = null;
	#stage: number = SILENT;
	/** Null until a head was accepted. */
	#status: StatusLine | null = null;
	#lines: SentLines | null = null;
	/** What was registered last, and its field lines as `startResponse` takes them. */
	#placeholder: Placeholder | null = null;
	#pairs: FieldPairs | null = null;
	/** What the head is that of, where it was given by itself. */
	#started: Placeholder | null = null;

	constructor(exchange: Exchange) {
		this.#exchange = exchange;
	}

	/** From now on the response goes to what decides whether it is a placeholder. */
	decide(by: DecidingExchange): void {
		this.#deciding = by;
		this.#exchange = by;
	}

	/** These are the field lines of a placeholder that is about to be started with: they need not be looked at if they come as they are. */
	made(pairs: FieldPairs, placeholder: Placeholder): void {
		this.#pairs = pairs;
		this.#placeholder = placeholder;
	}

	/** Starts with the head of a placeholder, which is given as it was made. */
	startMade(placeholder: Placeholder): void {
		if (this.#stage !== SILENT) throw startedTwice();
		this.#stage = STARTED;
		this.#status = OK;
		this.#started = placeholder;
	}

	/**
	 * Ends the response with the content of a placeholder, as it was made, if that is what it was started with.
	 * @returns whether it is; if not, nothing has been done
	 */
	endMade(placeholder: Placeholder): boolean {
		if (this.#stage !== STARTED || this.#started !== placeholder) return false;
		if (this.#deciding?.respondUntouched(placeholder) !== true) return false;
		this.#stage = ENDED;
		return true;
	}

	/** @throws EscapeFault when the response was a placeholder that could be neither sent nor run (ESC-12) */
	check(): void {
		this.#deciding?.check();
	}

	/** Whether what was responded may still turn out to be a placeholder, or a fault. */
	get deciding(): boolean {
		return this.#deciding !== null;
	}

	/** Whether the head has been sent: then it is too late to replace it. */
	get sent(): boolean {
		return this.#stage >= SENT;
	}

	/** Whether nothing more is to be sent: it was ended, or was whole with its head. */
	get ended(): boolean {
		return this.#stage === ENDED;
	}

	/**
	 * A call of `startResponse` (GATE-7 to GATE-9). What is wrong with a head is told here, where the application can be
	 * blamed, and not when it is sent.
	 */
	start(status: ByteString, fields: FieldPairs, excInfo: ExcInfo | null | undefined): void {
		if (excInfo !== undefined && excInfo !== null) {
			if (this.#stage >= SENT) throw excInfo.error;
			this.#status = null;
		} else if (this.#stage !== SILENT) {
			throw startedTwice();
		}
		this.#stage = STARTED;
		this.#started = null;
		let line = knownStatus(status);
		let lines = this.#pairs !== null && fields === this.#pairs ? this.#unchanged() : knownLines(fields);
		if (line === null || lines === null) {
			requireHead(status, fields);
			line ??= statusLine(status);
			lines ??= sentLines(fields, this.#placeholder?.fields);
		}
		this.#lines = lines;
		this.#status = line;
	}

	/** The section of the placeholder, if its lines have come as they were made: middleware may have changed them where they stand. */
	#unchanged(): SentLines | null {
		const pairs = this.#pairs as FieldPairs;
		const placeholder = this.#placeholder as Placeholder;
		const { fields } = placeholder;
		if (2 * pairs.length !== fields.length) return null;
		for (let at = 0; at < pairs.length; at++) {
			const pair: unknown = pairs[at];
			if (!Array.isArray(pair) || pair.length !== 2) return null;
			if (pair[0] !== fields[2 * at] || pair[1] !== fields[2 * at + 1]) return null;
		}
		return madeLines(placeholder);
	}

	/**
	 * Sends a block; an empty one sends nothing, not even the head.
	 * @returns false when the next has to wait for drain
	 */
	write(block: Uint8Array): boolean {
		requireBlock(block);
		if (block.length === 0) {
			if (this.#stage === SILENT) throw notStarted();
			return true;
		}
		if (this.ended) return true;
		if (this.#stage < SENT) {
			this.#begin(block.length, false);
			if (this.ended) return true;
		}
		return this.#exchange.write(block);
	}

	/** Ends the response, with a last block if there is one. */
	end(last: Uint8Array | null): void {
		if (last !== null) requireBlock(last);
		if (this.ended) return;
		if (this.#stage < SENT) {
			this.#begin(last === null ? 0 : last.length, true);
			if (this.ended) return;
		}
		this.#stage = ENDED;
		this.#exchange.end(last);
	}

	/**
	 * Sends the head.
	 * @param length octets of the block behind it
	 * @param whole whether no other block follows
	 */
	#begin(length: number, whole: boolean): void {
		const status = this.#status ?? this.#refused();
		const { method } = this.#exchange;
		const lines = this.#started === null ? (this.#lines as SentLines) : madeLines(this.#started);
		if (lines.placeholder && this.#deciding === null) this.decide(foreignPlaceholder(this.#exchange));
		const exchange = this.#exchange;
		if (method === 'CONNECT' && status.code < 300 && this.#deciding === null) {
			refuseTunnel(exchange);
			this.#stage = ENDED;
			return;
		}
		let flat = lines.flat;
		if (status.empty) {
			if (length > 0) {
				throw new Misuse(
					'GATE-56',
					`A ${status.code} response has no content (RFC 9110 §6.4.1): return [], or take another status.`,
				);
			}
		} else if (lines.announced < 0) {
			// To HEAD an empty body tells nothing of what GET would have.
			if (whole && (length > 0 || method !== 'HEAD')) flat = withLength(lines, length);
		} else if (method !== 'HEAD') {
			checkLength(lines.announced, length, whole);
		}
		exchange.respond(status.code, flat, exchange.httpVersion === '2' ? undefined : status.reason);
		this.#stage = SENT;
		if (method !== 'HEAD') return;
		this.#stage = ENDED;
		exchange.end();
	}

	#refused(): never {
		if (this.#stage === SILENT) throw notStarted();
		throw new Misuse(
			'GATE-10',
			'The response cannot begin, for startResponse() refused what it was given last: give what it takes, with { error }.',
		);
	}
}

/** The section of a placeholder. */
function madeLines({ fields, tag }: Placeholder): SentLines {
	return { flat: fields, announced: tag.length, placeholder: true };
}

/** What can be known of a wrong Content-Length before it is sent is an error that the client can be told. */
function checkLength(announced: number, length: number, whole: boolean): void {
	if (length <= announced && (length === announced || !whole)) return;
	const wrong = length > announced ? 'more' : 'less';
	throw new Misuse(
		'GATE-55',
		`There are ${Math.abs(length - announced)} octets ${wrong} than the Content-Length that was given: announce what comes, or leave it out.`,
	);
}

function requireBlock(block: unknown): void {
	if (block instanceof Uint8Array) return;
	throw new Misuse(
		'GATE-50',
		`A block of a body is a Uint8Array, not ${described(block)}: turn text into one by utf8(text).`,
	);
}
