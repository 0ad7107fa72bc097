/** One exchange, as the Fetch Server API sees it: its states, its request, and what is done with it beside answering. */
import type { FetchContext } from '../../layer/fetch/context.ts';
import type {
	HeadersInit,
	RequestPriority,
	TrailedRequest as RequestWithTrailers,
} from '../../layer/fetch-server/context.ts';
import {
	DENIALS,
	endedError,
	type ProtocolError,
	resetCode,
	sendableCode,
} from '../../layer/fetch-server/protocol-error.ts';
import { YieldingHandler } from '../../layer/yielding-handler.ts';
import type { Exchange } from '../../rich/exchange.ts';
import type { Outcome } from '../../rich/outcome.ts';
import type { Fields } from '../../wire/fields.ts';
import { requirePriority } from '../../wire/priority.ts';
import { quiet } from '../../wire/quiet.ts';
import { CallContext } from '../fetch-call/call-context.ts';
import { type ContentSource, RequestContent } from '../fetch-call/request-content.ts';
import { requestHeader, requestHeaders, type ShownFields, saysNoContent } from '../fetch-call/request-headers.ts';
import { type Waiting, WaitList } from '../fetch-call/wait-list.ts';
import { CallEscapes, type EscapingCall } from './escapes.ts';
import { headerLines } from './header-lines.ts';
import { TrailedRequest, type TrailedSource } from './trailed-request.ts';
import type { TunnelEnd } from './tunnel-end.ts';

/** The states of an exchange: nothing sent; only informational responses sent; answered or accepted; declined; ended by another. */
export type ExchangeState = 'open' | 'informational' | 'committed' | 'denied' | 'aborted';

/** What sends a response, and is told how the exchange goes. */
export interface ResponseEvents {
	drain(): void;
	closed(reason: ProtocolError): Promise<unknown> | undefined;
}

export class FetchServerCall extends YieldingHandler implements TrailedSource, ContentSource, EscapingCall {
	readonly exchange: Exchange;
	readonly url: string;
	readonly escapes: CallEscapes;
	/** A response is being sent. It may be kept back, since it may be a placeholder. */
	answering = false;
	/** Who sends the response, while it is being sent. */
	sending: ResponseEvents | null = null;
	/** The tunnel, once it is open. */
	tunnel: TunnelEnd | null = null;
	/** `connect` has declined the Upgrade: the request goes to `fetch`. */
	fellThrough = false;
	/** Called when the client has changed its priority. */
	onpriority: ((priority: RequestPriority) => void) | null = null;
	readonly #waits: WaitList;
	#request: TrailedRequest | null = null;
	#context: FetchContext | null = null;
	#denied = false;
	#informed = false;
	/** A tunnel has been asked for; it may have to wait for the end of the request. */
	#accepting = false;
	/** The client waits for 100 (Continue), and nobody has sent it. */
	#continueOwed: boolean;
	#content: RequestContent | null = null;
	/** What comes of the content is dropped, since a tunnel waits for its end. */
	#dropping = false;
	#ended: PromiseWithResolvers<Fields> | null = null;
	#controller: AbortController | null = null;
	#reason: ProtocolError | null = null;
	#completed: PromiseWithResolvers<undefined> | null = null;
	#clientPriority: RequestPriority;
	#serverPriority: RequestPriority | null = null;
	/** What went wrong where nobody is told: for the log, at the end. */
	readonly #failures: unknown[] = [];

	constructor(exchange: Exchange, url: string, waiting: Waiting) {
		super();
		this.exchange = exchange;
		this.url = url;
		this.#waits = new WaitList(waiting);
		this.#clientPriority = exchange.priority;
		this.escapes = new CallEscapes(this);
		const { fields, httpVersion } = exchange;
		const expected = httpVersion !== '1.0' && /^100-continue$/i.test(fields.first('expect') ?? '');
		this.#continueOwed = expected && !saysNoContent(fields.lines, httpVersion);
		// Content waits until it is read; everything else is to be heard from now on.
		exchange.pause();
		exchange.attach(this);
	}

	// ---- the states -------------------------------------------------------------------------------------------------

	get state(): ExchangeState {
		if (this.#denied) return 'denied';
		const { outcome, responded } = this.exchange;
		if (outcome !== null && outcome.reason !== 'complete') return 'aborted';
		if (responded || this.answering || this.#accepting || outcome !== null) return 'committed';
		return this.#informed ? 'informational' : 'open';
	}

	/** A response can still be sent. */
	get responsive(): boolean {
		const { state } = this;
		return state === 'open' || state === 'informational';
	}

	/** Why the exchange ended in another way than the server meant. */
	get abortReason(): ProtocolError {
		const outcome = this.exchange.outcome ?? { reason: 'lost', code: 0 };
		this.#reason ??= endedError(outcome, this.exchange.httpVersion);
		return this.#reason;
	}

	inform(status: number, headers: HeadersInit | undefined): void {
		if (this.exchange.inform === null) {
			throw new DOMException('There are no informational responses on HTTP/1.0. (FSA-20)', 'NotSupportedError');
		}
		if (!Number.isInteger(status) || status < 100 || status > 199 || status === 101) {
			throw new RangeError(
				`An informational response has a status of 100 to 199, but not 101, not ${String(status)}: to switch protocols, accept() in connect. (FSA-20)`,
			);
		}
		const { state } = this;
		if (state === 'committed' || state === 'denied') throw misplaced('sendInformational()', state, 'FSA-10');
		if (state === 'aborted') return;
		const lines = headerLines(headers);
		if (status === 100) {
			if (!this.#continueOwed) {
				throw new DOMException(
					'100 (Continue) is sent to a client that waits for it, once: this one does not, or has it already. (FSA-21)',
					'InvalidStateError',
				);
			}
		} else if (this.#continueOwed) {
			this.exchange.inform(100);
		}
		this.exchange.inform(status, lines);
		this.#continueOwed = false;
		this.#informed = true;
	}

	deny(error: unknown): void {
		const { state } = this;
		if (state === 'aborted') return;
		if (state !== 'open') throw misplaced('deny()', state, 'FSA-10');
		const code = sendableCode(error, DENIALS) ?? 'ERR_HTTP_REQUEST_REJECTED';
		this.#denied = true;
		if (code === 'ERR_HTTP_GOAWAY') this.exchange.retire();
		if (code === 'ERR_HTTP_GOAWAY' || code === 'ERR_HTTP_REQUEST_REJECTED') this.exchange.refuse();
		else this.exchange.abort(resetCode(code));
	}

	/** Begins to open a tunnel: fulfilled when the request has ended, which an Upgrade has to wait for (RICH-30). */
	async accepting(): Promise<void> {
		const { state } = this;
		if (state === 'aborted') throw this.abortReason;
		if (!this.responsive) throw misplaced('accept()', state, 'FSA-10');
		this.#accepting = true;
		const { method, fields, httpVersion } = this.exchange;
		if (method === 'CONNECT' || this.requestTrailers !== null || saysNoContent(fields.lines, httpVersion)) return;
		this.#dropping = true;
		this.#continueOwed = false;
		this.#content?.fail(endedError({ reason: 'complete', code: 0 }, httpVersion));
		this.exchange.resume();
		await this.#end();
	}

	/** The tunnel could not be opened after all. */
	notAccepted(): void {
		this.#accepting = false;
	}

	// ---- the life of the exchange -----------------------------------------------------------------------------------

	readonly wait = (promise: PromiseLike<unknown>): void => {
		this.#waits.add(promise);
	};

	get completed(): Promise<undefined> {
		if (this.#completed === null) {
			this.#completed = Promise.withResolvers();
			quiet(this.#completed.promise);
			if (this.outcome !== null) this.#complete(this.outcome);
		}
		return this.#completed.promise;
	}

	#complete(outcome: Outcome): void {
		if (outcome.reason === 'complete' || this.#denied) this.#completed?.resolve(undefined);
		else this.#completed?.reject(this.abortReason);
	}

	/** The response is over: the rest of the request is unwanted, unless something that still runs may read it. */
	finish(): void {
		if (this.outcome !== null) return;
		if (this.#waits.pending) {
			void this.#waits.settled().then(() => this.finish());
			return;
		}
		this.exchange.discard();
		if (this.requestTrailers === null)
			this.#cut(endedError({ reason: 'complete', code: 0 }, this.exchange.httpVersion));
	}

	/** An application that has escaped takes the exchange over, with what is unread. */
	handedOver(): void {
		this.sending = null;
		if (this.requestTrailers === null)
			this.#cut(endedError({ reason: 'complete', code: 0 }, this.exchange.httpVersion));
	}

	/** Something failed that has no other way to be told: the log has it when the exchange is over. */
	failed(error: unknown): void {
		this.#failures.push(error);
	}

	// ---- priorities -------------------------------------------------------------------------------------------------

	get clientPriority(): RequestPriority {
		const { urgency, incremental } = this.#clientPriority;
		return { urgency, incremental };
	}

	get serverPriority(): RequestPriority | null {
		return this.#serverPriority;
	}

	set serverPriority(given: Partial<RequestPriority> | null) {
		const { urgency = 3, incremental = false } = given ?? {};
		const priority = given === null ? null : { urgency, incremental };
		if (priority !== null) requirePriority(priority);
		this.#serverPriority = priority;
		this.exchange.priority = priority ?? this.#clientPriority;
	}

	// ---- the request ------------------------------------------------------------------------------------------------

	get request(): RequestWithTrailers {
		this.#request ??= new TrailedRequest(this);
		return this.#request as unknown as RequestWithTrailers;
	}

	get context(): FetchContext {
		this.#context ??= new CallContext(this.exchange, this.#told);
		return this.#context;
	}

	/** What the context of the request asks: `completed` of this API is another promise. */
	readonly #told = {
		end: null as PromiseWithResolvers<Outcome> | null,
		outcome: null as Outcome | null,
		get completed(): Promise<Outcome> {
			this.end ??= Promise.withResolvers<Outcome>();
			if (this.outcome !== null) this.end.resolve(this.outcome);
			return this.end.promise;
		},
		waitUntil: (promise: PromiseLike<unknown>): void => this.wait(promise),
	};

	get method(): string {
		return this.exchange.method;
	}

	/** The fields, with CONNECT as it is: what is shown to fetch applications instead is not for these. */
	get #shown(): ShownFields {
		const { fields, authority, method } = this.exchange;
		return { fields: fields.lines, authority, method, protocol: null };
	}

	fieldValue(name: string): string | null {
		return requestHeader(this.#shown, name);
	}

	makeHeaders(): Headers {
		return requestHeaders(this.#shown);
	}

	get hasContent(): boolean {
		const { method, fields, httpVersion } = this.exchange;
		if (/^(?:GET|HEAD|CONNECT|TRACE|TRACK)$/.test(method)) return false;
		return !saysNoContent(fields.lines, httpVersion);
	}

	get body(): ReadableStream<Uint8Array> {
		this.#content = new RequestContent(this);
		if (this.outcome !== null) this.#content.fail(this.abortReason);
		else if (this.requestTrailers !== null) this.#content.end();
		return this.#content.stream;
	}

	get trailers(): Promise<Headers> {
		return quiet(this.#end().then(({ lines }) => headersOf(lines)));
	}

	get signal(): AbortSignal {
		if (this.#controller === null) {
			this.#controller = new AbortController();
			if (this.outcome !== null) this.#abort(this.outcome);
		}
		return this.#controller.signal;
	}

	/** The end of the request content. */
	#end(): Promise<Fields> {
		if (this.#ended === null) {
			this.#ended = Promise.withResolvers();
			quiet(this.#ended.promise);
			if (this.requestTrailers !== null) this.#ended.resolve(this.requestTrailers);
			else if (this.outcome !== null) this.#ended.reject(this.abortReason);
			// Content that is not shown would keep them back.
			else if (!this.hasContent) this.exchange.resume();
		}
		return this.#ended.promise;
	}

	resume(): void {
		// The server sends 100 (Continue) now, and with that something has been sent.
		if (this.#continueOwed && this.responsive) this.#informed = true;
		this.#continueOwed = false;
		this.exchange.resume();
	}

	pause(): void {
		this.exchange.pause();
	}

	discard(): void {
		this.exchange.discard();
	}

	#cut(error: ProtocolError): void {
		this.#content?.fail(error);
		this.#ended?.reject(error);
	}

	// ---- events -----------------------------------------------------------------------------------------------------

	protected override take(chunk: Uint8Array): void {
		if (!this.#dropping) this.#content?.data(chunk);
	}

	override end(trailers: Fields): unknown {
		this.#content?.end();
		this.#ended?.resolve(trailers);
		return super.end(trailers);
	}

	protected override taken(): void {}

	override priority(priority: RequestPriority): unknown {
		this.#clientPriority = priority;
		if (this.#serverPriority === null) this.exchange.priority = priority;
		else this.exchange.priority = this.#serverPriority;
		try {
			this.onpriority?.(this.clientPriority);
		} catch (error) {
			this.failed(error);
		}
		return super.priority(priority);
	}

	protected override drained(): void {
		this.sending?.drain();
	}

	override closed(outcome: Outcome): Promise<unknown> {
		this.outcome = outcome;
		this.#told.outcome = outcome;
		this.#told.end?.resolve(outcome);
		this.#complete(outcome);
		this.#abort(outcome);
		this.#cut(outcome.reason === 'complete' ? endedError(outcome, this.exchange.httpVersion) : this.abortReason);
		const stopped = outcome.reason === 'complete' ? undefined : this.sending?.closed(this.abortReason);
		return this.#over([this.#waits.close(), stopped, this.#tellSuccessor(outcome), this.escapes.closed(outcome)]);
	}

	async #tellSuccessor(outcome: Outcome): Promise<void> {
		await this.successor?.closed?.(outcome);
	}

	/** Waits for what still runs, and then tells the log what went wrong. */
	async #over(running: readonly (Promise<unknown> | null | undefined)[]): Promise<void> {
		const failures = this.#failures;
		for (const one of await Promise.allSettled(running)) if (one.status === 'rejected') failures.push(one.reason);
		if (failures.length === 1) throw failures[0];
		if (failures.length > 1) throw new AggregateError(failures, 'Several things failed in one exchange.');
	}

	#abort(outcome: Outcome): void {
		if (outcome.reason !== 'complete' && !this.#denied) this.#controller?.abort(this.abortReason);
	}
}

/** What an operation is told that comes in a state which the handler itself has brought about. */
export function misplaced(operation: string, state: ExchangeState, rule: string): DOMException {
	const why = {
		open: 'while nothing has been asked for',
		informational: 'after an informational response was sent',
		committed: 'after the response has begun or a tunnel was accepted',
		denied: 'after deny()',
		aborted: 'after the client had gone',
	}[state];
	return new DOMException(`${operation} was called ${why}. (${rule})`, 'InvalidStateError');
}

function headersOf(lines: readonly string[]): Headers {
	const headers = new Headers();
	for (let at = 0; at < lines.length; at += 2) headers.append(lines[at] as string, lines[at + 1] as string);
	return headers;
}
