/**
 * The Response that an application makes. One of the platform costs several times what all else costs that is done for a small
 * request, and most are made of a text and a head, and sent: so what those are is kept, and the real one is made when
 * something is asked that only it can answer.
 */
import { utf8 } from '../../wire/utf8.ts';
import { LightHeaders } from './light-headers.ts';
import { plainHead, ResponseHead } from './response-head.ts';
import { inheritFrom, keepFromCloning } from './stand-in.ts';

/** The constructor of the platform, whatever is put in its place later. */
const PlatformResponse: typeof Response = globalThis.Response;

type Content = string | Uint8Array<ArrayBuffer> | null;

/** What a response of status 200 says, for whoever asks: it is not made before. */
export interface Stock {
	/** The lines, flat: known to be right, in lower case, sorted, and changed by nobody. */
	readonly fields: readonly string[];
	/** The whole content. */
	readonly tag: string;
}

/** Stands in for a Response, of which it is an instance. What it does not define, the prototype of Response passes on to the real one. */
export class LightResponse {
	#head: ResponseHead | null;
	readonly #content: Content;
	/** In place of both. */
	readonly #stock: Stock | null;
	#headers: LightHeaders | null = null;
	#real: Response | null = null;
	/** Its content has been sent. */
	#taken = false;

	constructor(head: ResponseHead | null, content: Content, stock: Stock | null = null) {
		this.#head = head;
		this.#content = content;
		this.#stock = stock;
		keepFromCloning(this);
	}

	/**
	 * What `new Response(body, init)` makes.
	 * @returns null where the platform has to: for other bodies, for what is not plainly right, and for what is wrong
	 */
	static from(body: unknown, init: unknown): LightResponse | null {
		if (typeof body === 'string') return LightResponse.of(body, init, 'text/plain;charset=UTF-8');
		if (body === undefined || body === null) return LightResponse.of(null, init, null);
		// A copy, as the platform makes one: the memory may change before it is sent.
		if (isPlainBytes(body)) return LightResponse.of(new Uint8Array(body), init, null);
		return null;
	}

	/**
	 * What `Response.json(value, init)` makes.
	 * @throws what the platform throws for a value that is no JSON
	 */
	static json(value: unknown, init: unknown): LightResponse | null {
		// Which the platform takes for nothing, or refuses.
		if (init === null) return null;
		const head = plainHead(init, 'application/json');
		if (head === null || isNullBodyStatus(head.status)) return null;
		const text: string | undefined = JSON.stringify(value);
		return text === undefined ? null : new LightResponse(head, text);
	}

	static of(content: Content, init: unknown, contentType: string | null): LightResponse | null {
		const head = plainHead(init, contentType);
		if (head === null || (content !== null && isNullBodyStatus(head.status))) return null;
		return new LightResponse(head, content);
	}

	/** One that is made of this, which {@link LightResponse.stock} gives as long as it is. */
	static ofStock(stock: Stock): LightResponse {
		return new LightResponse(null, null, stock);
	}

	static is(value: unknown): value is LightResponse {
		return typeof value === 'object' && value !== null && #head in value;
	}

	/** Whether all that it is is still here, not in a real one, and has not been sent. */
	static isWhole(response: LightResponse): boolean {
		return response.#real === null && !response.#taken;
	}

	/** The lines of the head, flat; null where its Headers may have been changed. */
	static lines(response: LightResponse): readonly string[] | null {
		const headers = response.#headers;
		return headers === null || LightHeaders.isUntouched(headers) ? response.#ownHead.lines : null;
	}

	/** What it is made of, and no more and no less, as far as is known; null of others. */
	static stock(response: LightResponse): Stock | null {
		const headers = response.#headers;
		return headers === null || LightHeaders.isUntouched(headers) ? response.#stock : null;
	}

	/** Takes the content, which has been used then; without any, it can be sent again. */
	static take(response: LightResponse): Uint8Array | null {
		const content = response.#text;
		if (content === null) return null;
		response.#taken = true;
		return typeof content === 'string' ? utf8(content) : content;
	}

	/** What {@link take} does, for whoever has no use for the content. */
	static use(response: LightResponse): void {
		response.#taken = response.#content !== null || response.#stock !== null;
	}

	/** The Response of the platform that this one stands for. */
	static real(response: LightResponse): Response {
		response.#real ??= response.#make();
		return response.#real;
	}

	get #ownHead(): ResponseHead {
		this.#head ??= new ResponseHead(200, '', (this.#stock as Stock).fields);
		return this.#head;
	}

	get #text(): Content {
		return this.#stock === null ? this.#content : this.#stock.tag;
	}

	get status(): number {
		return this.#ownHead.status;
	}

	get statusText(): string {
		return this.#ownHead.statusText;
	}

	get ok(): boolean {
		return this.#ownHead.status < 300;
	}

	get headers(): Headers {
		if (this.#headers === null) {
			if (this.#real !== null) return this.#real.headers;
			this.#headers = new LightHeaders(this.#ownHead);
		}
		return this.#headers as unknown as Headers;
	}

	get body(): ReadableStream<Uint8Array> | null {
		return this.#text === null ? null : LightResponse.real(this).body;
	}

	get bodyUsed(): boolean {
		return this.#taken || (this.#real?.bodyUsed ?? false);
	}

	#make(): Response {
		const { status, statusText } = this.#ownHead;
		const headers = this.#headers === null ? this.#ownHead.makeHeaders() : LightHeaders.real(this.#headers);
		const real = new PlatformResponse(this.#text, { status, statusText, headers });
		if (this.#headers !== null) {
			// Headers from which the type was taken away have none, whatever the content.
			if (!headers.has('content-type')) real.headers.delete('content-type');
			LightHeaders.adopt(this.#headers, real.headers);
		}
		// Used, to whoever asks.
		if (this.#taken) void real.body?.cancel();
		return real;
	}
}

inheritFrom(LightResponse.prototype, PlatformResponse.prototype);

/** Statuses with which a Response has no body (Fetch standard §2.2.3). */
function isNullBodyStatus(status: number): boolean {
	return status === 204 || status === 205 || status === 304;
}

/** Bytes of which a copy is all that the platform would make. */
function isPlainBytes(body: unknown): body is Uint8Array<ArrayBuffer> {
	if (!(body instanceof Uint8Array)) return false;
	const { buffer } = body;
	return buffer instanceof ArrayBuffer && !buffer.resizable && !buffer.detached;
}
