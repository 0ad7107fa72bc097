/** The content of a request on its way to the worker: whole before the request, or as the worker asks for it. */
import { latin1 } from '../layer/gateway/byte-string.ts';
import type { Environ } from '../layer/gateway/environ.ts';
import type { Input } from '../layer/gateway/input.ts';
import { Flag, WINDOW_SIZE } from './frames.ts';

/** Where content goes. */
export interface ContentTaker {
	sendContent(part: Uint8Array, isLast: boolean): void;
}

/** Who is told that there will be no more. */
export interface ContentOwner {
	cut(error: unknown): void;
}

/** Where `read` would wait until it has come whole, no more is asked for than this. */
const WHOLE_READ_SIZE = 16 * 1024;
/** Requests that say nothing of their length, on HTTP/2, have content when they are none of these. */
const WITHOUT_CONTENT = new Set(['GET', 'HEAD', 'OPTIONS', 'DELETE', 'TRACE', 'CONNECT']);

/** The content of one request. */
export class RequestContent {
	/** The flags of the request's frame. */
	readonly flags: number;
	/** All of it, once gathered; null for none, and where it is streamed. */
	whole: Uint8Array[] | null = null;
	/** Whether it need not be gathered. */
	readonly isKnown: boolean;
	readonly #input: Input;
	/** What was read in vain to gather it. */
	#held: Uint8Array[] = [];
	#credit = 0;
	#isPumping = false;
	#isOver = false;
	#taker: ContentTaker | null = null;
	#owner: ContentOwner | null = null;

	constructor(environ: Environ) {
		this.#input = environ['wsgi.input'];
		const length = lengthOf(environ);
		if (length === 0) {
			this.flags = 0;
			this.isKnown = true;
			return;
		}
		const expects = environ.HTTP_EXPECT !== undefined && /100-continue/i.test(latin1(environ.HTTP_EXPECT));
		this.isKnown = length < 0 || length > WINDOW_SIZE || expects;
		const isLikely = length > 0 || !WITHOUT_CONTENT.has(latin1(environ.REQUEST_METHOD));
		this.flags = expects || !isLikely ? Flag.FOLLOWS : Flag.FOLLOWS | Flag.EAGER;
	}

	/** Whether nothing of it is sent after the request. */
	get isPlain(): boolean {
		return this.whole !== null || (this.flags & Flag.FOLLOWS) === 0;
	}

	/**
	 * Reads content that is short, so that a slow client costs no thread (CHANNEL-7).
	 * @throws what the input throws, when the client has gone
	 */
	async gather(): Promise<void> {
		const parts: Uint8Array[] = [];
		for (let size = 0; size <= WINDOW_SIZE; ) {
			const part = await this.#read(WINDOW_SIZE);
			if (part.length === 0) {
				this.whole = parts;
				return;
			}
			parts.push(part);
			size += part.length;
		}
		// Middleware has put a longer one in its place.
		this.#held = parts;
	}

	/** Sends what is read from now on. */
	stream(taker: ContentTaker, owner: ContentOwner): void {
		this.#taker = taker;
		this.#owner = owner;
		this.#credit = (this.flags & Flag.EAGER) !== 0 ? WINDOW_SIZE : 0;
		void this.#pump();
	}

	/** The worker has room for more. */
	grant(octets: number): void {
		this.#credit += octets;
		void this.#pump();
	}

	/** Nobody wants more. */
	stop(): void {
		this.#isOver = true;
		this.#held = [];
	}

	async #pump(): Promise<void> {
		const taker = this.#taker;
		if (this.#isPumping || taker === null) return;
		this.#isPumping = true;
		try {
			while (this.#credit > 0 && !this.#isOver) {
				const part = this.#held.shift() ?? (await this.#read(Math.min(this.#credit, WINDOW_SIZE)));
				if (this.#isOver) break;
				const isLast = part.length === 0;
				this.#credit -= part.length;
				this.#isOver = isLast;
				taker.sendContent(part, isLast);
			}
		} catch (error) {
			if (!this.#isOver) {
				this.#isOver = true;
				this.#owner?.cut(error);
			}
		}
		this.#isPumping = false;
	}

	#read(size: number): Promise<Uint8Array> {
		const input = this.#input;
		return input.read1 === undefined ? input.read(Math.min(size, WHOLE_READ_SIZE)) : input.read1(size);
	}
}

/** How long the content is: 0 for none, -1 when nobody has said. */
function lengthOf(environ: Environ): number {
	if (environ['rsgi.connect'] !== undefined) return 0;
	const length = environ.CONTENT_LENGTH;
	if (length !== undefined && latin1(length) !== '') {
		const octets = Number(latin1(length));
		return Number.isSafeInteger(octets) && octets >= 0 ? octets : -1;
	}
	const isFramed = latin1(environ.SERVER_PROTOCOL) !== 'HTTP/2.0';
	return isFramed && environ.HTTP_TRANSFER_ENCODING === undefined ? 0 : -1;
}
