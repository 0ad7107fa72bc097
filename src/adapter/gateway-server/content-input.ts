/** `wsgi.input` of a server: the request content, pulled from the exchange as it is read. */
import type { Input } from '../../layer/gateway/input.ts';
import { described } from '../../rich/described.ts';
import { ExchangeEnded, type Outcome } from '../../rich/outcome.ts';
import { Misuse } from '../../wire/fault.ts';
import { quiet } from '../../wire/quiet.ts';
import { OctetBuffer } from './octet-buffer.ts';

/** What the input asks of its request. */
export interface ContentSource {
	/** Content is wanted: `data`, `end` or `closed` of the input will be called, later. */
	pull(): void;
	/** Enough for now. */
	hold(): void;
}

/** Gives what a read waits for, or null while it is not there. */
type Take<T> = () => T | null;

/** A read that waits for content. */
interface Waiting {
	/** Whether it has got what it wants. */
	readonly tried: () => boolean;
	readonly reject: (error: unknown) => void;
}

const COMPLETE: Outcome = { reason: 'complete', code: 0 };

/** The content of one request. */
export class ContentInput implements Input {
	readonly #source: ContentSource;
	/** Made at the first read. */
	#buffer: OctetBuffer | null = null;
	#ended = false;
	/** Why nothing can be read any more. */
	#cut: Outcome | null = null;
	#waiting: Waiting | null = null;
	/** A read of several lines is under way. */
	#busy = false;

	constructor(source: ContentSource) {
		this.#source = source;
	}

	read(size?: number): Promise<Uint8Array> {
		const count = countOf(size, 'read');
		return count instanceof Misuse ? quiet(Promise.reject(count)) : this.#alone(() => this.#octets(count));
	}

	read1(size?: number): Promise<Uint8Array> {
		const count = countOf(size, 'read1');
		return count instanceof Misuse ? quiet(Promise.reject(count)) : this.#alone(() => this.#some(count));
	}

	readline(size?: number): Promise<Uint8Array> {
		const count = countOf(size, 'readline');
		return count instanceof Misuse ? quiet(Promise.reject(count)) : this.#alone(() => this.#line(count));
	}

	readlines(hint?: number): Promise<Uint8Array[]> {
		return quiet(this.#lines(hint));
	}

	async #lines(hint?: number): Promise<Uint8Array[]> {
		const count = countOf(hint, 'readlines');
		if (count instanceof Misuse) throw count;
		if (this.#busy) throw concurrent();
		this.#busy = true;
		try {
			const lines: Uint8Array[] = [];
			// A hint of 0 is none, as everywhere that has readlines().
			const enough = count === 0 ? Number.POSITIVE_INFINITY : count;
			for (let octets = 0; octets < enough; ) {
				const line = await this.#when(() => this.#line(Number.POSITIVE_INFINITY));
				if (line.length === 0) break;
				octets += line.length;
				lines.push(line);
			}
			return lines;
		} finally {
			this.#busy = false;
		}
	}

	[Symbol.asyncIterator](): AsyncIterator<Uint8Array> {
		return {
			next: async () => {
				const line = await this.readline();
				return line.length === 0 ? { done: true, value: undefined } : { done: false, value: line };
			},
		};
	}

	// ---- what the request tells -------------------------------------------------------------------------------------

	/** Content has come. */
	data(chunk: Uint8Array): void {
		this.#buffer?.push(chunk);
		this.#retry();
	}

	/** The content is over. */
	end(): void {
		this.#ended = true;
		this.#retry();
	}

	/** There will be no more content: the exchange has ended, or its response has. */
	closed(outcome: Outcome = COMPLETE): void {
		if (this.#cut !== null) return;
		// What has been received to its end can still be read when the exchange has ended well.
		if (this.#ended && outcome.reason === 'complete') return;
		this.#cut = outcome;
		this.#buffer?.clear();
		const waiting = this.#waiting;
		this.#waiting = null;
		waiting?.reject(new ExchangeEnded(outcome));
	}

	// ---- reads ------------------------------------------------------------------------------------------------------

	#octets(count: number): Uint8Array | null {
		const buffer = this.#buffer as OctetBuffer;
		return buffer.size >= count || this.#ended ? buffer.take(count) : null;
	}

	#some(count: number): Uint8Array | null {
		const buffer = this.#buffer as OctetBuffer;
		return buffer.size > 0 || count === 0 || this.#ended ? buffer.take(count) : null;
	}

	#line(count: number): Uint8Array | null {
		const buffer = this.#buffer as OctetBuffer;
		const length = buffer.lineLength();
		if (length >= 0) return buffer.take(Math.min(length, count));
		return buffer.size >= count || this.#ended ? buffer.take(count) : null;
	}

	#alone(take: Take<Uint8Array>): Promise<Uint8Array> {
		return this.#busy ? quiet(Promise.reject(concurrent())) : this.#when(take);
	}

	/** Resolves with what `take` gives, as soon as it gives something. */
	#when<T>(take: Take<T>): Promise<T> {
		if (this.#waiting !== null) return quiet(Promise.reject(concurrent()));
		if (this.#cut !== null) return quiet(Promise.reject(new ExchangeEnded(this.#cut)));
		this.#buffer ??= new OctetBuffer();
		const now = take();
		if (now !== null) return Promise.resolve(now);
		return quiet(
			new Promise<T>((resolve, reject) => {
				const tried = (): boolean => {
					const taken = take();
					if (taken === null) return false;
					resolve(taken);
					return true;
				};
				this.#waiting = { tried, reject };
				try {
					this.#source.pull();
				} catch (error) {
					this.#waiting = null;
					reject(error as Error);
				}
			}),
		);
	}

	#retry(): void {
		if (this.#waiting !== null && !this.#waiting.tried()) return;
		this.#waiting = null;
		this.#source.hold();
	}
}

/** How many octets a read wants: all of them when nothing is said, or a negative number. */
function countOf(size: unknown, where: string): number | Misuse {
	if (size === undefined || size === null) return Number.POSITIVE_INFINITY;
	if (typeof size === 'number' && Number.isInteger(size)) return size < 0 ? Number.POSITIVE_INFINITY : size;
	return new Misuse('GATE-41', `${where}() takes a whole number of octets, or nothing, not ${sizeShown(size)}.`);
}

function sizeShown(size: unknown): string {
	return typeof size === 'number' ? String(size) : described(size);
}

function concurrent(): Misuse {
	return new Misuse('GATE-42', 'wsgi.input was read while a read before was still pending: await each read.');
}
