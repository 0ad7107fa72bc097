/**
 * The Request that an application is given. To make a Request of the platform costs more than all else that is done for a
 * small request, and most applications read a URL and a field or two: so the real one is made when something is asked that
 * only it can answer.
 */
import type { FetchContext } from './context.ts';
import { type HeadersSource, LightHeaders } from './light-headers.ts';
import { inheritFrom, keepFromCloning } from './stand-in.ts';

/** The constructor of the platform, whatever is put in its place later. */
const PlatformRequest: typeof Request = globalThis.Request;

/** What a server request asks of whoever has the exchange. Each is asked for once at most, when it is needed. */
export interface RequestSource extends HeadersSource {
	readonly context: FetchContext;
	/** The method to show. */
	readonly method: string;
	/** The absolute URL, as the URL standard writes it. */
	readonly url: string;
	/** Whether there may be content. */
	readonly hasContent: boolean;
	/** The content. Not asked for where there is none. */
	readonly body: ReadableStream<Uint8Array>;
	/** Aborted when the exchange ends in any way but well. */
	readonly signal: AbortSignal;
}

/** Stands in for a Request, of which it is an instance. What it does not define, the prototype of Request passes on to the real one. */
export class ServerRequest {
	readonly #source: RequestSource;
	#real: Request | null = null;
	/** Given out before there was a real one. */
	#headers: LightHeaders | null = null;

	constructor(source: RequestSource) {
		this.#source = source;
		keepFromCloning(this);
	}

	static is(value: unknown): value is ServerRequest {
		return typeof value === 'object' && value !== null && #source in value;
	}

	/** Whether a Request was made of one that a server has made. */
	static descends(value: unknown): boolean {
		return contexts.has(value as Request);
	}

	static context(request: ServerRequest): FetchContext {
		return request.#source.context;
	}

	/** The Request of the platform that this one stands for. */
	static real(request: ServerRequest): Request {
		request.#real ??= request.#make();
		return request.#real;
	}

	get method(): string {
		return this.#source.method;
	}

	get url(): string {
		return this.#source.url;
	}

	get headers(): Headers {
		if (this.#headers === null) {
			if (this.#real !== null) return this.#real.headers;
			this.#headers = new LightHeaders(this.#source);
		}
		return this.#headers as unknown as Headers;
	}

	get signal(): AbortSignal {
		return this.#source.signal;
	}

	get body(): ReadableStream<Uint8Array> | null {
		return this.#source.hasContent ? ServerRequest.real(this).body : null;
	}

	get bodyUsed(): boolean {
		return this.#real?.bodyUsed ?? false;
	}

	#make(): Request {
		const headers = this.#headers === null ? this.#source.makeHeaders() : LightHeaders.real(this.#headers);
		const real = platformRequest(this.#source, headers);
		contexts.set(real, this.#source.context);
		if (this.#headers !== null) LightHeaders.adopt(this.#headers, real.headers);
		return real;
	}
}

inheritFrom(ServerRequest.prototype, PlatformRequest.prototype);

/** A Request of the platform, for an application that wants one at once; its context is to be had of it all the same. */
export function realRequest(source: RequestSource): Request {
	const request = platformRequest(source, source.makeHeaders());
	contexts.set(request, source.context);
	return request;
}

function platformRequest(source: RequestSource, headers: Headers): Request {
	const { method, url, signal } = source;
	const body = source.hasContent ? source.body : null;
	// Some types of the platform do not know duplex.
	const init: RequestInit & { duplex: 'half' } = { method, headers, body, signal, duplex: 'half' };
	return new PlatformRequest(url, init);
}

/** The contexts of requests that were made of others. */
const contexts = new WeakMap<Request, FetchContext>();

/**
 * The context of a request, for code that is given nothing but the request: of the one the server made, of what `clone()`
 * gave of it, and of what `new Request(request)` made of it. Null for others.
 * @example
 * app.get('/', (c) => c.text(contextOf(c.req.raw)?.target ?? '')); // Hono
 */
export function contextOf(request: Request): FetchContext | null {
	if (ServerRequest.is(request)) return ServerRequest.context(request);
	return contexts.get(request) ?? null;
}

/**
 * Gives a request that was made of another the context of that.
 * @returns whether there was one
 */
export function inherit(made: Request, from: unknown): boolean {
	if (typeof from !== 'object' || from === null) return false;
	const context = contextOf(from as Request);
	if (context !== null) contexts.set(made, context);
	return context !== null;
}
