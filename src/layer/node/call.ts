/** One request, answered by a node application: what Node's request and response do becomes commands, and events what they tell. */
import { AsyncLocalStorage } from 'node:async_hooks';
import { channel } from 'node:diagnostics_channel';
import { EventEmitter } from 'node:events';
import { IncomingMessage, STATUS_CODES } from 'node:http';
import type { ConnectionFacts } from '../../rich/connection-facts.ts';
import type { Exchange } from '../../rich/exchange.ts';
import { FAILED, FAILURE_FIELDS, NO_TUNNEL } from '../../rich/failure-response.ts';
import type { Handler } from '../../rich/handler.ts';
import { ExchangeEnded, type Outcome } from '../../rich/outcome.ts';
import { isThenable } from '../../rich/thenable.ts';
import { ErrorCode } from '../../wire/fault.ts';
import { Fields, type FieldsInit } from '../../wire/fields.ts';
import { quiet } from '../../wire/quiet.ts';
import { YieldingHandler } from '../yielding-handler.ts';
import type { NodeApp } from './app.ts';
import type { Diversion, Diverter, Divertible } from './diversion.ts';
import { abortedError, errorStatus } from './errors.ts';
import { ExchangeSocket, type SocketOwner } from './exchange-socket.ts';
import { NodeResponse, type ResponseOwner, type WriteCallback } from './response.ts';
import { tellTunnel } from './server-events.ts';
import { giveVersion, type ShownRequest, shownRequest } from './shown-request.ts';
import { Unsent } from './unsent.ts';

const TEXT = ['content-type', 'text/plain; charset=utf-8'];

/** How calls are run. */
export interface CallSettings {
	/** How many bytes may wait that were written although `write` had said false. */
	readonly unsentLimit: number;
	/** What may take exchanges over. */
	readonly diverter: Diverter;
	/** Where listeners of tunnels are: `socket.server` of every request. */
	readonly server: EventEmitter;
}

/** Settings for an application. Some libraries find the server by a request, so there is one for those that have none of their own. */
export function callSettings(app: NodeApp, unsentLimit: number, diverter: Diverter): CallSettings {
	return { unsentLimit, diverter, server: app.server ?? new EventEmitter() };
}

/** What node:http has, and its types do not tell of. */
type Internals = IncomingMessage & {
	_addHeaderLines(lines: string[], count: number): void;
	_dump(): void;
	_eventsCount: number;
};

/** By what Node sees to it that a request's `signal`, which newer lines have, is not aborted once the response is sent. */
const DETACH_SIGNAL = Object.getOwnPropertySymbols(IncomingMessage.prototype).find(
	(symbol) => symbol.description === 'kDetachAbortSignal',
);

/** What Node tells to whoever watches its servers. (The constructor of its response tells of that by itself.) */
const STARTED = channel('http.server.request.start');
const FINISHED = channel('http.server.response.finish');

/** Runs an application for one exchange. Streams and events that nobody listens to cost nothing. */
export class NodeCall extends YieldingHandler implements SocketOwner, ResponseOwner, Divertible {
	readonly request: IncomingMessage;
	readonly response: NodeResponse;
	readonly isHttp2: boolean;
	readonly #exchange: Exchange;
	readonly #socket: ExchangeSocket;
	readonly server: EventEmitter;
	readonly #unsent: Unsent;
	/** Somebody reads the request. */
	#reading = false;
	/** Calls in the asynchronous context of whoever began to read it: the server has received it in another. */
	#within: ReturnType<typeof AsyncLocalStorage.snapshot> | null = null;
	/** The end of the request has come, or is known to come at once. */
	#received: boolean;
	/** It has not been told to the stream: that is left to whoever reads first. */
	#endHeld: boolean;
	/** `end` has been called, and its trailer fields, if there are any. */
	#ending = false;
	#trailers: string[] | null = null;
	/** Everything has been told of the response. */
	#sent = false;
	readonly #diverter: Diverter;
	/** Where the response goes in place of the exchange. */
	#diversion: Diversion | null = null;
	/** What takes the head in place of the exchange, where that is known to be a placeholder's. */
	#instead: ((lines: readonly string[]) => void) | null = null;
	/** The server has answered in the application's place: content is dropped. */
	#muted = false;
	/** What is to go to the log when the exchange is over. */
	#failure: { readonly error: unknown } | null = null;

	constructor(exchange: Exchange, settings: CallSettings, shown: ShownRequest) {
		super();
		const { httpVersion } = exchange;
		this.isHttp2 = httpVersion === '2';
		this.#exchange = exchange;
		this.server = settings.server;
		this.#diverter = settings.diverter;
		this.#received = shown.hasContent === false;
		this.#endHeld = this.#received;
		this.#unsent = new Unsent(exchange, settings.unsentLimit);
		const socket = new ExchangeSocket(this);
		const request = new IncomingMessage(socket.asSocket) as Internals;
		request._addHeaderLines(shown.lines, shown.lines.length);
		request.method = shown.method;
		request.url = exchange.target;
		// Where the minor version is 0, Node's response asks for TE: that alone is not worth joining the headers.
		request.httpVersionMajor = 1;
		request.httpVersionMinor = 1;
		this.#socket = socket;
		this.request = request;
		this.response = new NodeResponse(this, request, socket);
		giveVersion(request, httpVersion);
		if (this.#received) request.complete = true;
		// Content waits until it is read, and so does 100 (Continue).
		else exchange.pause();
	}

	/** Calls the application. What it gives is for the rich layer to do with as it does with what its applications give. */
	static run(app: NodeApp, exchange: Exchange, settings: CallSettings): Handler | PromiseLike<undefined> | undefined {
		const shown = shownRequest(exchange);
		if (exchange.accept !== null) {
			const handler = tellTunnel(settings.server, exchange, shown);
			if (handler !== null) return handler;
		}
		if (exchange.method === 'CONNECT' && exchange.protocol === null) return refuseTunnel(exchange);
		const call = new NodeCall(exchange, settings, shown);
		if (shown.hasContent !== null) return call.#begin(app);
		// Whether there is content is known as soon as the carrier goes on, in a microtask of its own at the latest; and frameworks
		// look for it among the headers.
		exchange.attach(call);
		return Promise.resolve()
			.then(nothing)
			.then(() => {
				if (call.outcome !== null) return undefined;
				if (!call.#received) call.#announce(shown.lines);
				const result = call.#start(app);
				return isThenable(result) ? result.then(nothing) : undefined;
			});
	}

	/** Calls the application at once. */
	#begin(app: NodeApp): NodeCall | PromiseLike<undefined> {
		let result: unknown;
		try {
			result = this.#start(app);
		} catch (error) {
			// What the application has set up before it failed hears of the end.
			this.#exchange.attach(this);
			throw error;
		}
		if (!isThenable(result)) return this;
		this.#exchange.attach(this);
		return result.then(nothing);
	}

	#start(app: NodeApp): unknown {
		if (STARTED.hasSubscribers) STARTED.publish(this.#watched);
		return this.#diverter.run(this, this.#exchange, this.request, () =>
			app(this.request, this.response, (error) => this.#passed(error)),
		);
	}

	#announce(lines: string[]): void {
		lines.push('transfer-encoding', 'chunked');
		(this.request as Internals)._addHeaderLines(lines, lines.length);
	}

	get #watched(): object {
		return { request: this.request, response: this.response, socket: this.#socket, server: this.server };
	}

	/** The application has called `next`: there is nobody behind it. */
	#passed(error: unknown): void {
		const { response } = this;
		const failed = error !== undefined && error !== null && error !== 'route' && error !== 'router';
		const status = failed ? errorStatus(error) : 404;
		if (status >= 500) this.#failure ??= { error };
		if (!response.headersSent) {
			for (const name of response.getHeaderNames()) response.removeHeader(name);
			response.writeHead(status, STATUS_CODES[status], TEXT);
			response.end(`${STATUS_CODES[status]}\n`);
		} else if (failed && !response.writableEnded) {
			this.#exchange.abort(ErrorCode.INTERNAL_ERROR);
		}
	}

	// ---- what the response asks for ---------------------------------------------------------------------------------

	get over(): boolean {
		return this.outcome !== null;
	}

	get full(): boolean {
		return this.#unsent.full;
	}

	inform(status: number, lines: string[]): void {
		if (this.outcome === null) this.#exchange.inform?.(status, lines);
	}

	respond(status: number, lines: string[], reason: string | undefined): void {
		if (this.#instead !== null) {
			this.#instead(lines);
			return;
		}
		this.#diversion ??= this.#diverter.divertible(this.#exchange, lines);
		const exchange = this.#diversion?.output ?? this.#exchange;
		if (this.#diversion !== null) this.#unsent.divert(exchange);
		else if (status < 300 && exchange.method === 'CONNECT') {
			// A 2xx to CONNECT says that a tunnel is open (RFC 9110 §9.3.6).
			this.#muted = true;
			exchange.respond(501, TEXT);
			exchange.write(NO_TUNNEL);
			return;
		}
		exchange.respond(status, lines, reason);
	}

	write(chunk: Uint8Array): boolean {
		if (this.#muted) return true;
		this.#socket.active();
		try {
			return this.#unsent.write(chunk);
		} catch (error) {
			this.#break(error);
			return false;
		}
	}

	flush(): void {
		this.#diversion?.flush();
	}

	whenSent(callback: WriteCallback): void {
		this.#unsent.whenSent(callback);
	}

	finish(trailers: string[] | null): void {
		this.#ending = true;
		this.#trailers = trailers;
		if (this.#unsent.flushed) this.#end();
	}

	closeAfter(): void {
		this.#exchange.retire();
	}

	/** Everything is written, and the response has been ended. */
	#end(): void {
		const diversion = this.#diversion;
		const exchange = diversion?.output ?? this.#exchange;
		this.#unsent.ended = true;
		try {
			if (this.#trailers !== null && exchange.trailers) exchange.end(null, this.#trailers);
			else exchange.end();
		} catch (error) {
			this.#break(error);
			return;
		}
		if (diversion !== null && this.#diverted(diversion)) return;
		if (this.#received) return;
		// Whoever reads the request, or is about to, goes on; the exchange is open until then, and `finish` does not wait for it.
		if (this.#reading || this.request.readableFlowing !== null) setImmediate(() => this.#tellSentBefore());
		else exchange.discard();
	}

	/** The response is over before the request is. Of one that was paused and left, nobody would ever read the rest. */
	#tellSentBefore(): void {
		this.#tellSent();
		const { request } = this;
		if (request.readableFlowing !== false || this.outcome !== null) return;
		if (request.listenerCount('data') > 0 || request.listenerCount('readable') > 0) return;
		this.#reading = false;
		this.#exchange.discard();
	}

	/** Whether another has the exchange now. */
	#diverted(diversion: Diversion): boolean {
		if (!diversion.arrived) {
			try {
				void diversion.finish();
			} catch (error) {
				// The client has its answer; the log has not.
				this.#failure ??= { error };
			}
			return false;
		}
		if (this.#reading) this.#exchange.pause();
		// What stood for another's answer is none: logs are not to find it there.
		if (this.#instead === null) this.answered(200, []);
		// Behind the call of `end`, whose caller goes on as behind any other. (Node's queueMicrotask does more than is needed.)
		SETTLED.then(() => diversion.finish()).then(undefined, (error: unknown) => this.#failed(error));
		return true;
	}

	/** What was to be run in place of the response has failed: the client is told as by the rich layer (RICH-28). */
	#failed(error: unknown): void {
		const exchange = this.#exchange;
		if (ExchangeEnded.is(error) && error.outcome === this.outcome) return;
		this.#failure ??= { error };
		if (this.outcome !== null) return;
		if (exchange.responded) {
			exchange.abort(ErrorCode.INTERNAL_ERROR);
		} else {
			exchange.respond(500, FAILURE_FIELDS);
			this.answered(500, FAILURE_FIELDS);
			exchange.end(FAILED);
		}
		exchange.discard();
	}

	// ---- what may take the exchange over ----------------------------------------------------------------------------

	divert(by: Diversion): void {
		if (this.#exchange.responded || this.#diversion !== null) return;
		this.#diversion = by;
		this.#unsent.divert(by.output);
	}

	endUntouched(response: object, respond: (lines: readonly string[]) => void): boolean {
		if (response !== this.response || this.#diversion === null || !NodeResponse.isUntouched(this.response))
			return false;
		this.#instead = respond;
		this.response.statusCode = 200;
		this.response.end();
		return true;
	}

	answered(status: number, fields: FieldsInit, reason?: string): void {
		const lines = fields instanceof Fields ? fields.lines : fields;
		NodeResponse.shows(this.response, status, reason, lines);
	}

	/** What was written cannot be sent: the client sees a response that is broken off, and the log says why. */
	#break(error: unknown): void {
		this.#failure ??= { error };
		this.response.destroy(error as Error);
	}

	// ---- what the socket asks for -----------------------------------------------------------------------------------

	get connection(): ConnectionFacts {
		return this.#exchange.connection;
	}

	get unsent(): number {
		return this.#unsent.waiting + (this.#ending && !this.#sent ? 1 : 0);
	}

	readRequest(): void {
		if (!this.#reading && !this.#received) this.#within = AsyncLocalStorage.snapshot();
		this.#reading = true;
		if (this.successor !== null) return;
		if (this.#endHeld) {
			this.#endHeld = false;
			this.request.push(null);
		} else if (!this.#received) {
			this.#exchange.resume();
		}
	}

	pauseRequest(): void {
		if (this.successor === null) this.#exchange.pause();
	}

	destroyExchange(error: Error | undefined): void {
		this.#exchange.abort(error === undefined || error === null ? ErrorCode.CANCEL : ErrorCode.INTERNAL_ERROR);
	}

	timedOut(): void {
		const { request, response } = this;
		const socket = this.#socket;
		socket.emit('timeout');
		const heard = [!request.complete && request.emit('timeout', socket), response.emit('timeout', socket)];
		if (!heard.includes(true)) socket.destroy();
	}

	// ---- events of the exchange -------------------------------------------------------------------------------------

	override data(chunk: Uint8Array): unknown {
		this.#socket.active();
		return super.data(chunk);
	}

	protected override take(chunk: Uint8Array): void {
		if (!this.#push(Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength))) this.#exchange.pause();
	}

	protected override taken(trailers: Fields): void {
		if (this.#received) return;
		const request = this.request as Internals;
		this.#received = true;
		request.complete = true;
		// Complete, and so they are trailers.
		if (trailers.size > 0) request._addHeaderLines(trailers.lines.slice(), trailers.lines.length);
		if (this.#reading) this.#push(null);
		else this.#endHeld = true;
	}

	#push(chunk: Buffer | null): boolean {
		return this.#within === null ? this.request.push(chunk) : this.#within(() => this.request.push(chunk));
	}

	protected override drained(): void {
		const unsent = this.#unsent;
		try {
			unsent.drain();
		} catch (error) {
			this.#break(error);
			return;
		}
		if (unsent.full) return;
		if (this.#ending) this.#end();
		else NodeResponse.drained(this.response);
	}

	override closed(outcome: Outcome): unknown {
		this.outcome = outcome;
		try {
			const diverted = this.#diversion?.closed(outcome);
			if (diverted === undefined) return this.successor?.closed?.(outcome);
			// What the successor throws at once is told by itself.
			quiet(diverted);
			return Promise.all([diverted, this.successor?.closed?.(outcome)]);
		} finally {
			this.#over(outcome);
		}
	}

	#over(outcome: Outcome): void {
		const broken = outcome.reason !== 'complete';
		this.#socket.over(broken);
		if (broken) this.#tellBroken();
		else this.#tellComplete();
		this.#socket.tellClose();
		if (this.#failure !== null) throw this.#failure.error;
	}

	#tellComplete(): void {
		const request = this.request as Internals;
		if (!this.#reading && request._eventsCount > 0) {
			// Nobody has read the request: as in Node it is dropped, and told to be over, in the ticks behind `finish`.
			request.complete = true;
			this.#received = true;
			this.#endHeld = false;
			request.push(null);
			request._dump();
		}
		this.#tellSent();
	}

	#tellSent(): void {
		if (this.#sent || (this.outcome !== null && this.outcome.reason !== 'complete')) return;
		this.#sent = true;
		const { request, response } = this;
		if (DETACH_SIGNAL !== undefined) (request as unknown as Record<symbol, () => void>)[DETACH_SIGNAL]?.();
		NodeResponse.detach(response, this.#socket);
		if (FINISHED.hasSubscribers) FINISHED.publish(this.#watched);
		process.nextTick(NodeResponse.close, response);
		this.#unsent.tellSent();
	}

	#tellBroken(): void {
		const { request, response } = this;
		if (!request.destroyed) request.destroy(abortedError());
		if (this.#sent) return;
		this.#unsent.tellLost();
		NodeResponse.close(response);
	}
}

function refuseTunnel(exchange: Exchange): undefined {
	exchange.respond(501, TEXT);
	exchange.end(NO_TUNNEL);
}

const SETTLED = Promise.resolve();

function nothing(): undefined {
	return undefined;
}
