/** A request head (RFC 9112 §2.1, §3, §5), read line by line as it comes; only an incomplete line waits for more. */
import type { Fault } from '../../wire/fault.ts';
import type { FieldLines } from '../../wire/fields.ts';
import { type FieldFacts, isFactName, readFieldFacts } from './field-facts.ts';
import { FieldLine } from './field-line.ts';
import { HeadMemo } from './head-memo.ts';
import type { Http1Limits } from './limits.ts';
import { CR, LF, SP } from './octets.ts';
import { broken, excess } from './peer-fault.ts';
import { RequestLine } from './request-line.ts';
import { RequestTarget } from './request-target.ts';
import { BAD, END, MORE } from './verdict.ts';

/** Reads the heads of one connection, one after the other. */
export class HeadParser {
	/** The head is complete: the members below describe it until {@link next}. */
	done = false;
	fault: Fault | null = null;
	readonly requestLine: RequestLine = new RequestLine();
	readonly target: RequestTarget = new RequestTarget();
	facts: FieldFacts | null = null;

	readonly #limits: Http1Limits;
	readonly #fieldLine = new FieldLine();
	readonly #memo = new HeadMemo();
	/** Lines complete so far, the request line included. */
	#index = 0;
	/** Octets of these lines. */
	#size = 0;
	#emptyLines = 0;
	/** The field lines, or null as long as all of them were remembered. */
	#lines: string[] | null = null;
	/** Where each line ends, or null as long as all lines were remembered. */
	#ends: number[] | null = null;
	/** The lines that were not remembered, and those in their place that were, say nothing of which facts are made. */
	#sameFacts = true;
	/** The head has come in one piece so far. */
	#whole = true;

	constructor(limits: Http1Limits) {
		this.#limits = limits;
	}

	/** The field lines of the complete head. They may be shared with other heads: not to be changed. */
	get lines(): FieldLines {
		return this.#lines ?? this.#memo.lines;
	}

	/** Whether at least one line of a head has been read, and not yet the last. */
	get begun(): boolean {
		return this.#index > 0 && !this.done;
	}

	/** Whether the method is known, and is HEAD: a refusal has no content then. */
	get isHead(): boolean {
		return this.#index > 0 && this.requestLine.method === 'HEAD';
	}

	/** Makes ready for the next head. */
	next(): void {
		this.done = false;
		this.#index = 0;
		this.#size = 0;
		this.#emptyLines = 0;
		this.#lines = null;
		this.#ends = null;
		this.#sameFacts = true;
		this.#whole = true;
	}

	/**
	 * Reads lines from `at` to before `end`, until the head is complete or a fault is found.
	 * @returns the place up to which octets were consumed; the rest is to be given again, with more behind it
	 */
	feed(bytes: Uint8Array, at: number, end: number): number {
		if (this.#index === 0) {
			at = this.#skipEmptyLines(bytes, at, end);
			if (this.fault !== null) return at;
		}
		// The limit holds in octets, not in reads, so that the outcome does not depend on how the head was split.
		const stop = Math.min(end, at + this.#limits.headSize - this.#size);
		const start = at;
		at = this.#lineByLine(bytes, at, stop);
		this.#size += at - start;
		if (this.fault !== null) return at;
		if (this.done) {
			this.#finish(bytes, at - this.#size);
		} else {
			this.#whole &&= at === start;
			if (this.#size + stop - at >= this.#limits.headSize) this.fault = this.#tooLarge(bytes, at, stop);
		}
		return at;
	}

	/** RFC 9112 §2.2: a server should ignore at least one empty line before the request line. */
	#skipEmptyLines(bytes: Uint8Array, at: number, end: number): number {
		while (at + 1 < end && bytes[at] === CR) {
			if (bytes[at + 1] !== LF) {
				this.fault = broken(400, 'RFC 9112 §2.2', 'A CR is not followed by LF.');
				return at;
			}
			if (++this.#emptyLines > this.#limits.emptyLines) {
				this.fault = excess(400, 'limits.emptyLines', 'Too many empty lines stand before the request line.');
				return at;
			}
			at += 2;
		}
		return at;
	}

	#lineByLine(bytes: Uint8Array, at: number, stop: number): number {
		const start = at - this.#size;
		while (at < stop) {
			let next = this.#memo.match(this.#index, bytes, at, stop);
			if (next < 0) {
				next = this.#index === 0 ? this.#readRequestLine(bytes, at, stop) : this.#readFieldLine(bytes, at, stop);
				if (next === MORE || next === BAD) return at;
				if (next === END) {
					this.done = true;
					return this.#fieldLine.after;
				}
				this.#ends ??= this.#memo.ends.slice(0, this.#index);
			} else if (this.#index > 0 && this.#lines !== null) {
				const memo = this.#memo.lines;
				this.#lines.push(memo[this.#index * 2 - 2] as string, memo[this.#index * 2 - 1] as string);
			}
			at = next;
			this.#ends?.push(at - start);
			if (++this.#index > this.#limits.fieldCount + 1) {
				this.fault = excess(431, 'limits.fieldCount', 'The request has too many field lines.');
				return at;
			}
		}
		return at;
	}

	#readRequestLine(bytes: Uint8Array, at: number, stop: number): number {
		// A lone CR may yet become an empty line.
		if (bytes[at] === CR && at + 1 === stop) return MORE;
		const line = this.requestLine;
		const next = line.parse(bytes, at, stop);
		if (next === MORE) return MORE;
		this.fault = next === BAD ? line.fault : this.target.read(line.method, line.target);
		if (this.fault !== null) return BAD;
		// The memo's request line is no longer what `requestLine` holds.
		this.#ends = [];
		return next;
	}

	#readFieldLine(bytes: Uint8Array, at: number, stop: number): number {
		const line = this.#fieldLine;
		const next = line.parse(bytes, at, stop, this.#index === 1);
		if (next === BAD) this.fault = line.fault;
		if (next < 0) return next;
		const memo = this.#memo.lines;
		const place = this.#index * 2 - 2;
		this.#lines ??= memo.slice(0, place);
		this.#sameFacts &&= place < memo.length && !isFactName(memo[place] as string) && !isFactName(line.name);
		this.#lines.push(line.name, line.value);
		return next;
	}

	/** The empty line has been read: what does the head say? */
	#finish(bytes: Uint8Array, start: number): void {
		const memo = this.#memo;
		const minor = this.requestLine.minor;
		const count = this.#index - 1;
		if (this.#lines === null && count * 2 < memo.lines.length) this.#lines = memo.lines.slice(0, count * 2);
		const repeated = this.#sameFacts && memo.facts !== null && memo.minor === minor && count * 2 === memo.lines.length;
		const facts = repeated ? (memo.facts as FieldFacts) : readFieldFacts(this.lines, minor);
		this.facts = facts;
		this.fault = facts.fault;
		if (this.requestLine.method === 'CONNECT' && facts.contentLength !== 0) {
			this.fault ??= broken(400, 'RFC 9110 §9.3.6', 'A CONNECT request has content.');
		}
		if (this.#ends === null) return;
		const lines = this.lines;
		if (this.#whole && this.fault === null) memo.keep(bytes, start, this.#ends, lines, facts, minor);
		else memo.forget();
		this.#lines = lines as string[];
	}

	#tooLarge(bytes: Uint8Array, at: number, stop: number): Fault {
		if (this.#index > 0) return excess(431, 'limits.headSize', 'The request head is too large.');
		for (let i = at; i < stop; i++) {
			if (bytes[i] === SP) return excess(414, 'limits.headSize', 'The request target is too long.');
		}
		return excess(501, 'limits.headSize', 'The method is longer than any that is known here.');
	}
}
