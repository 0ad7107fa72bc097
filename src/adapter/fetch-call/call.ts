/** One request, answered by a fetch application. */

import type { Lower, Placeholder } from '../../escape/origin.ts';
import {
	type DecidingExchange,
	type EscapeFrame,
	foreignPlaceholder,
	inFrame,
	isPlaceholderHead,
	Origin,
} from '../../escape/origin.ts';
import type { EscapeOptions } from '../../layer/escape-options.ts';
import type { FetchApp } from '../../layer/fetch/app.ts';
import type { FetchContext } from '../../layer/fetch/context.ts';
import { LightResponse } from '../../layer/fetch/light-response.ts';
import { type RequestSource, realRequest, ServerRequest } from '../../layer/fetch/server-request.ts';
import { type Past, YieldingHandler } from '../../layer/yielding-handler.ts';
import type { RichApp } from '../../rich/app.ts';
import { described } from '../../rich/described.ts';
import type { Exchange } from '../../rich/exchange.ts';
import type { Handler } from '../../rich/handler.ts';
import { type Journal, journalOf } from '../../rich/journal.ts';
import { ExchangeEnded, type Outcome } from '../../rich/outcome.ts';
import { isThenable } from '../../rich/thenable.ts';
import { Misuse } from '../../wire/fault.ts';
import { quiet } from '../../wire/quiet.ts';
import { utf8 } from '../../wire/utf8.ts';
import { isExtendedConnect, refuseTunnel } from '../no-tunnel.ts';
import { CallContext, type ContextCall } from './call-context.ts';
import { type ContentSource, RequestContent } from './request-content.ts';
import { requestHeader, requestHeaders, saysNoContent } from './request-headers.ts';
import { requestUrl } from './request-url.ts';
import { requireResponse } from './required-response.ts';
import { lightLines, responseLines } from './response-lines.ts';
import { type Waiting, WaitList } from './wait-list.ts';

const TEXT = ['content-type', 'text/plain; charset=utf-8'];
const NO_METHOD = utf8('Not Implemented: the application takes no requests of this method\n');
const NO_URL = utf8('Bad Request: the authority cannot stand in a URL\n');

/** Runs an application for one exchange. What few requests need is made when it is needed. */
export class Call extends YieldingHandler implements RequestSource, ContentSource, ContextCall, EscapeFrame, Lower {
	readonly url: string;
	readonly #exchange: Exchange;
	readonly #waiting: Waiting;
	#context: FetchContext | null = null;
	#followed = false;
	/** The application is being called: nothing can happen meanwhile. */
	#calling = true;
	/** Where the response goes: to the exchange, or to what decides whether it is an escape's placeholder. */
	#out: Exchange;
	#origin: Origin | null = null;
	#content: RequestContent | null = null;
	/** What went wrong in an escape where nobody else would be told: for the log, at the end. */
	readonly #failures: unknown[] = [];
	#controller: AbortController | null = null;
	#waits: WaitList | null = null;
	#completed: PromiseWithResolvers<Outcome> | null = null;
	/** Who reads the response, while it is being sent. */
	#reader: ReadableStreamDefaultReader<unknown> | null = null;
	#drained: (() => void) | null = null;

	/** Calls the application, and answers. Gives a promise only where something has to be waited for. */
	static run(app: FetchApp, exchange: Exchange, waiting: Waiting, isLight: boolean): void | Promise<void> {
		const { method } = exchange;
		// Request has no place for these (Fetch standard, forbidden methods).
		if ((method === 'CONNECT' && exchange.protocol === null) || /^(?:TRACE|TRACK)$/i.test(method)) {
			return refuse(exchange, 501, NO_METHOD);
		}
		const url = requestUrl(exchange);
		if (url === null) return refuse(exchange, 400, NO_URL);
		return new Call(exchange, waiting, url).#run(app, isLight);
	}

	constructor(exchange: Exchange, waiting: Waiting, url: string) {
		super();
		this.#exchange = exchange;
		this.#out = exchange;
		this.#waiting = waiting;
		this.url = url;
	}

	#run(app: FetchApp, isLight: boolean): void | Promise<void> {
		this.journal?.tell({ kind: 'layer', layer: 'fetch' });
		try {
			const response = inFrame<[Request, FetchContext], Response | PromiseLike<Response>>(
				this,
				app,
				isLight ? (new ServerRequest(this) as unknown as Request) : realRequest(this),
				this.context,
			);
			this.#calling = false;
			if (!isThenable(response)) return this.#answer(response);
			if (this.#origin !== null) this.#follow();
			return (response as PromiseLike<unknown>).then((given) => this.#answer(given)) as Promise<void>;
		} catch (error) {
			// What is registered has to hear of the end.
			if (this.#origin !== null) this.#follow();
			throw error;
		}
	}

	// ---- the response -----------------------------------------------------------------------------------------------

	#answer(given: unknown): void | Promise<void> {
		if (LightResponse.is(given) && LightResponse.isWhole(given)) return this.#answerWhole(given);
		const response = requireResponse(given);
		const { body } = response;
		const exchange = this.#exchange;
		const { method, outcome } = exchange;
		if (outcome !== null) return cancelled(body, new ExchangeEnded(outcome));
		if (method === 'CONNECT' && response.status < 300 && this.#origin === null) {
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
		this.#out.end();
		const over = this.#over();
		const stopped = cancelled(body);
		return stopped === undefined || over === undefined
			? (stopped ?? over)
			: Promise.all([over, stopped]).then(() => {});
	}

	/** What is there as a whole goes in one piece, at once. */
	#answerWhole(response: LightResponse): void | Promise<void> {
		const exchange = this.#exchange;
		const { method, outcome } = exchange;
		if (outcome === null && this.#isUntouched(response)) return this.#over();
		const content = LightResponse.take(response);
		if (outcome !== null) return;
		if (method === 'CONNECT' && response.status < 300 && this.#origin === null) {
			refuseTunnel(exchange);
			return this.#finish();
		}
		this.#respond(response, lightLines(response));
		this.#out.end(method === 'HEAD' ? null : content);
		return this.#over();
	}

	/** Whether it is a placeholder that nothing has changed on its way: then there is nothing to be looked at, and it has arrived. */
	#isUntouched(response: LightResponse): boolean {
		if (this.#origin === null || this.#out !== this.#origin.output) return false;
		const stock = LightResponse.stock(response);
		if (stock === null || !this.#origin.output.respondUntouched(stock)) return false;
		LightResponse.use(response);
		return true;
	}

	#begin(response: Response): void {
		this.#respond(response, responseLines(response));
	}

	#respond({ status, statusText: reason }: Pick<Response, 'status' | 'statusText'>, lines: string[]): void {
		if (this.#origin === null && isPlaceholderHead(lines)) this.#out = foreignPlaceholder(this.#exchange);
		this.#out.respond(status, lines, reason === '' ? undefined : reason);
	}

	/** The response is over. If it was a placeholder, what it stands for comes now. */
	#over(): void | Promise<void> {
		const origin = this.#origin;
		if (origin?.arrived === true) {
			// What has not been read is for another from here on.
			if (this.requestTrailers === null) this.#content?.cut({ reason: 'complete', code: 0 });
			const ran = origin.finish();
			return isThenable(ran) ? Promise.resolve(ran as PromiseLike<void>) : undefined;
		}
		this.#finish();
		this.#checkFault();
		void origin?.finish();
	}

	/** @throws EscapeFault for a placeholder that could not be run: it is for the log, the client has its answer (ESC-12) */
	#checkFault(): void {
		if (this.#out !== this.#exchange) (this.#out as DecidingExchange).check();
	}

	/** Sends a response with its body: the next chunk is asked for when the one before has been taken. */
	async #send(response: Response, body: ReadableStream<unknown>): Promise<void> {
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
			if (this.outcome !== null) return this.#checkFault();
			if (done) break;
			if (!this.#out.write(bytesOf(value, reader))) await this.#drain();
			if (this.#out !== this.#exchange) this.#requireRunnable(reader);
		}
		this.#reader = null;
		this.#out.end();
		await this.#over();
	}

	/** @throws EscapeFault for a placeholder that has been answered with 500: what still comes may have no end, and is for nobody */
	#requireRunnable(reader: ReadableStreamDefaultReader<unknown>): void {
		try {
			this.#checkFault();
		} catch (error) {
			void quiet(reader.cancel(error));
			this.#finish();
			throw error;
		}
	}

	#drain(): Promise<void> {
		// After the end of a response that was stopped, as to HEAD, `closed` comes in its place.
		return new Promise((resolve) => {
			this.#drained = resolve;
		});
	}

	/** The response is over: the rest of the request is unwanted, unless somebody said that they go on. */
	#finish(): void {
		if (!this.#followed || this.outcome !== null) return;
		if (this.#waits?.pending === true) {
			void this.#waits.settled().then(() => this.#finish());
			return;
		}
		this.#exchange.discard();
		if (this.requestTrailers === null) this.#content?.cut({ reason: 'complete', code: 0 });
	}

	// ---- the request ------------------------------------------------------------------------------------------------

	get context(): FetchContext {
		this.#context ??= new CallContext(this.#exchange, this);
		return this.#context;
	}

	get method(): string {
		return isExtendedConnect(this.#exchange) ? 'GET' : this.#exchange.method;
	}

	fieldValue(name: string): string | null {
		return requestHeader(this.context, name);
	}

	makeHeaders(): Headers {
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
		if (this.outcome !== null) this.#content.cut(this.outcome);
		else if (this.requestTrailers !== null) this.#content.end();
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

	get completed(): Promise<Outcome> {
		if (this.#completed === null) {
			this.#completed = Promise.withResolvers();
			this.#follow();
			const { outcome } = this.#exchange;
			if (outcome !== null) this.#completed.resolve(outcome);
		}
		return this.#completed.promise;
	}

	waitUntil(promise: PromiseLike<unknown>): void {
		if (this.#waits === null) {
			this.#waits = new WaitList(this.#waiting);
			this.#follow();
		}
		this.#waits.add(promise);
	}

	resume(): void {
		this.#exchange.resume();
	}

	pause(): void {
		this.#exchange.pause();
	}

	discard(): void {
		this.#exchange.discard();
	}

	// ---- the escape -------------------------------------------------------------------------------------------------

	/** What the request is known by: its context, which stays with what is made of it. */
	get request(): object {
		return this.context;
	}

	get journal(): Journal | null {
		return journalOf(this.#exchange);
	}

	register(app: RichApp, options?: EscapeOptions): Placeholder {
		if (this.#origin === null) {
			// If the application returns the placeholder from its call, nobody has to hear of what happens.
			if (!this.#calling) this.#follow();
			const origin = new Origin(this.#exchange, this, (error) => this.#failed(error));
			if (!this.#exchange.responded) this.#out = origin.output;
			this.#origin = origin;
		}
		return this.#origin.register(app, options);
	}

	/** It goes to the log at the end of the exchange. */
	#failed(error: unknown): void {
		this.#failures.push(error);
		this.#follow();
	}

	override handOver(successor: Handler): Past {
		this.#follow();
		return super.handOver(successor);
	}

	// ---- events -----------------------------------------------------------------------------------------------------

	/** From now on there is somebody to hear events; content waits until it is read. */
	#follow(): void {
		if (this.#followed) return;
		this.#followed = true;
		this.#exchange.pause();
		this.#exchange.attach(this);
	}

	protected override take(chunk: Uint8Array): void {
		this.#content?.data(chunk);
	}

	protected override taken(): void {
		this.#content?.end();
	}

	protected override drained(): void {
		this.#drained?.();
		this.#drained = null;
	}

	override closed(outcome: Outcome): Promise<unknown> | undefined {
		this.outcome = outcome;
		this.#completed?.resolve(outcome);
		this.#content?.cut(outcome);
		this.#drained?.();
		this.#abort(outcome);
		const reader = this.#reader;
		const stopped = reader === null ? undefined : reader.cancel(new ExchangeEnded(outcome));
		const waits = this.#waits?.close();
		if (this.#origin !== null) {
			this.#origin.closed(outcome);
			// Most have nothing more to tell, and nobody to tell it.
			if (
				this.successor === null &&
				waits === undefined &&
				this.#origin.telling === null &&
				this.#failures.length === 0
			)
				return stopped;
			return this.#closedOrigin(this.#origin, outcome, waits);
		}
		if (waits === undefined || stopped === undefined) return waits ?? stopped;
		// Both are told, by the first that goes wrong.
		return Promise.all([stopped, waits]);
	}

	/** The end of an exchange that something was registered for. */
	async #closedOrigin(origin: Origin, outcome: Outcome, waits: Promise<void> | undefined): Promise<void> {
		const failures = this.#failures;
		await Promise.allSettled([this.#told(outcome), waits, origin.telling]).then((all) => {
			for (const one of all) if (one.status === 'rejected') failures.push(one.reason);
		});
		if (failures.length === 1) throw failures[0];
		if (failures.length > 1) throw new AggregateError(failures, 'Several things failed in an escaped exchange.');
	}

	async #told(outcome: Outcome): Promise<void> {
		await this.successor?.closed?.(outcome);
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

/** The Fetch standard takes bytes only. Frameworks give text too, as Elysia does of generators, and their own servers take it. */
function bytesOf(chunk: unknown, reader: ReadableStreamDefaultReader<unknown>): Uint8Array {
	if (chunk instanceof Uint8Array) return chunk;
	if (typeof chunk === 'string') return utf8(chunk);
	const error = new Misuse(
		'FETCH-22',
		`The body of a Response is a stream of Uint8Array, or of text, not of ${described(chunk)}.`,
	);
	void quiet(reader.cancel(error));
	throw error;
}
