/** One request, answered by a fetch application. */
import type { FetchApp } from '../../layer/fetch/app.ts';
import type { FetchContext } from '../../layer/fetch/context.ts';
import { type RequestSource, ServerRequest } from '../../layer/fetch/server-request.ts';
import { described } from '../../rich/described.ts';
import type { Exchange } from '../../rich/exchange.ts';
import type { Handler } from '../../rich/handler.ts';
import { ExchangeEnded, type Outcome } from '../../rich/outcome.ts';
import { isThenable } from '../../rich/thenable.ts';
import { Misuse } from '../../wire/fault.ts';
import { quiet } from '../../wire/quiet.ts';
import { utf8 } from '../../wire/utf8.ts';
import { isExtendedConnect, refuseTunnel } from '../no-tunnel.ts';
import { CallContext } from './call-context.ts';
import { type ContentSource, RequestContent } from './request-content.ts';
import { requestHeaders, saysNoContent } from './request-headers.ts';
import { requestUrl } from './request-url.ts';
import { requireResponse } from './required-response.ts';
import { responseLines } from './response-lines.ts';
import { type Waiting, WaitList } from './wait-list.ts';

const TEXT = ['content-type', 'text/plain; charset=utf-8'];
const NO_METHOD = utf8('Not Implemented: the application takes no requests of this method\n');
const NO_URL = utf8('Bad Request: the authority cannot stand in a URL\n');

/** Runs an application for one exchange. What few requests need is made when it is needed. */
export class Call implements RequestSource, Handler, ContentSource {
	readonly url: string;
	readonly #exchange: Exchange;
	readonly #waiting: Waiting;
	#context: FetchContext | null = null;
	#outcome: Outcome | null = null;
	#followed = false;
	/** Content is being read: it has come to its end, or not. */
	#content: RequestContent | null = null;
	#contentOver = false;
	#controller: AbortController | null = null;
	#waits: WaitList | null = null;
	/** Who reads the response, while it is being sent. */
	#reader: ReadableStreamDefaultReader<unknown> | null = null;
	#drained: (() => void) | null = null;

	/** Calls the application, and answers. Gives a promise only where something has to be waited for. */
	static run(app: FetchApp, exchange: Exchange, waiting: Waiting): void | Promise<void> {
		const { method } = exchange;
		// Request has no place for these (Fetch standard, forbidden methods).
		if ((method === 'CONNECT' && exchange.protocol === null) || /^(?:TRACE|TRACK)$/i.test(method)) {
			return refuse(exchange, 501, NO_METHOD);
		}
		const url = requestUrl(exchange);
		if (url === null) return refuse(exchange, 400, NO_URL);
		return new Call(exchange, waiting, url).#run(app);
	}

	constructor(exchange: Exchange, waiting: Waiting, url: string) {
		this.#exchange = exchange;
		this.#waiting = waiting;
		this.url = url;
	}

	#run(app: FetchApp): void | Promise<void> {
		const response = app(new ServerRequest(this) as unknown as Request, this.context);
		if (isThenable(response)) return this.#answered(response as PromiseLike<Response>);
		return this.#answer(response as Response);
	}

	async #answered(response: PromiseLike<Response>): Promise<void> {
		const given = await response;
		await this.#answer(given);
	}

	// ---- the response -----------------------------------------------------------------------------------------------

	#answer(given: unknown): void | Promise<void> {
		const response = requireResponse(given);
		const { body } = response;
		const exchange = this.#exchange;
		const { method, outcome } = exchange;
		if (outcome !== null) return cancelled(body, new ExchangeEnded(outcome));
		if (method === 'CONNECT' && response.status < 300) {
			refuseTunnel(exchange);
			this.#finish();
			return cancelled(body);
		}
		if (body !== null && method !== 'HEAD') return this.#send(response, body as ReadableStream<unknown>);
		try {
			this.#begin(response);
		} catch (error) {
			void cancelled(body)?.catch(() => {});
			throw error;
		}
		exchange.end();
		this.#finish();
		return cancelled(body);
	}

	#begin(response: Response): void {
		const reason = response.statusText;
		this.#exchange.respond(response.status, responseLines(response), reason === '' ? undefined : reason);
	}

	/** Sends a response with its body: the next chunk is asked for when the one before has been taken. */
	async #send(response: Response, body: ReadableStream<unknown>): Promise<void> {
		const exchange = this.#exchange;
		const reader = body.getReader();
		this.#reader = reader;
		// Of a body that has failed there is nothing left to cancel.
		reader.closed.catch(() => {
			this.#reader = null;
		});
		this.#follow();
		// Behind the input that is being read, so that what is there already goes with the head, and with its length.
		await null;
		try {
			this.#begin(response);
		} catch (error) {
			void quiet(reader.cancel(error));
			throw error;
		}
		for (;;) {
			const { done, value } = await reader.read();
			if (this.#outcome !== null) return;
			if (done) break;
			requireChunk(value, reader);
			if (!exchange.write(value)) await this.#drain();
		}
		this.#reader = null;
		exchange.end();
		this.#finish();
	}

	#drain(): Promise<void> {
		// After the end of a response that was stopped, as to HEAD, `closed` comes in its place.
		return new Promise((resolve) => {
			this.#drained = resolve;
		});
	}

	/** The response is over: the rest of the request is unwanted, unless somebody said that they go on. */
	#finish(): void {
		if (!this.#followed || this.#outcome !== null) return;
		if (this.#waits?.pending === true) {
			void this.#waits.settled().then(() => this.#finish());
			return;
		}
		this.#exchange.discard();
		if (!this.#contentOver) this.#content?.cut({ reason: 'complete', code: 0 });
	}

	// ---- the request ------------------------------------------------------------------------------------------------

	get context(): FetchContext {
		this.#context ??= new CallContext(this.#exchange, this.#wait);
		return this.#context;
	}

	get method(): string {
		return isExtendedConnect(this.#exchange) ? 'GET' : this.#exchange.method;
	}

	get headers(): Headers {
		return requestHeaders(this.context);
	}

	get hasContent(): boolean {
		const { method, fields, httpVersion } = this.#exchange;
		if (method === 'GET' || method === 'HEAD' || method === 'CONNECT') return false;
		return !saysNoContent(fields.lines, httpVersion);
	}

	get body(): ReadableStream<Uint8Array> {
		this.#follow();
		this.#content = new RequestContent(this);
		if (this.#outcome !== null) this.#content.cut(this.#outcome);
		else if (this.#contentOver) this.#content.end();
		return this.#content.stream;
	}

	get signal(): AbortSignal {
		if (this.#controller === null) {
			this.#controller = new AbortController();
			this.#follow();
			const { outcome } = this.#exchange;
			if (outcome !== null) this.#abort(outcome);
		}
		return this.#controller.signal;
	}

	readonly #wait = (promise: PromiseLike<unknown>): void => {
		if (this.#waits === null) {
			this.#waits = new WaitList(this.#waiting);
			this.#follow();
		}
		this.#waits.add(promise);
	};

	resume(): void {
		this.#exchange.resume();
	}

	pause(): void {
		this.#exchange.pause();
	}

	discard(): void {
		this.#exchange.discard();
	}

	// ---- events -----------------------------------------------------------------------------------------------------

	/** From now on there is somebody to hear events; content waits until it is read. */
	#follow(): void {
		if (this.#followed) return;
		this.#followed = true;
		this.#exchange.pause();
		this.#exchange.attach(this);
	}

	data(chunk: Uint8Array): void {
		this.#content?.data(chunk);
	}

	end(): void {
		this.#contentOver = true;
		this.#content?.end();
	}

	drain(): void {
		this.#drained?.();
		this.#drained = null;
	}

	closed(outcome: Outcome): Promise<void> | undefined {
		this.#outcome = outcome;
		const ended = new ExchangeEnded(outcome);
		this.#content?.cut(outcome);
		this.drain();
		this.#abort(outcome);
		const reader = this.#reader;
		const stopped = reader === null ? undefined : reader.cancel(ended);
		if (this.#waits === null) return stopped;
		const waits = this.#waits.close();
		if (stopped === undefined) return waits;
		// Both are told, by the first that goes wrong.
		return Promise.all([stopped, waits]).then(() => {});
	}

	#abort(outcome: Outcome): void {
		if (outcome.reason !== 'complete') this.#controller?.abort(new ExchangeEnded(outcome));
	}
}

function refuse(exchange: Exchange, status: number, content: Uint8Array): void {
	exchange.respond(status, TEXT);
	exchange.end(content);
}

/** Nobody wants the body. Whoever makes it is told; what goes wrong there is a failure of the application. */
function cancelled(body: ReadableStream | null, reason?: ExchangeEnded): Promise<void> | undefined {
	return body === null ? undefined : body.cancel(reason);
}

function requireChunk(chunk: unknown, reader: ReadableStreamDefaultReader<unknown>): asserts chunk is Uint8Array {
	if (chunk instanceof Uint8Array) return;
	const fix = typeof chunk === 'string' ? ': pipe text through a TextEncoderStream' : '';
	const error = new Misuse(
		'FETCH-22',
		`The body of a Response is a stream of Uint8Array, not ${described(chunk)}${fix}.`,
	);
	void quiet(reader.cancel(error));
	throw error;
}
