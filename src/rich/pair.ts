/**
 * An exchange in memory: the application on one side, a client on the other, no engine and no bytes between them. For
 * tests, and for adapters that run a rich application on behalf of somebody else.
 */
import type { Priority, RequestHead } from '../wire/carrier.ts';
import { Fields, type FieldsInit } from '../wire/fields.ts';
import { parsePriority } from '../wire/priority.ts';
import { type RichApp, requireRich } from './app.ts';
import type { ConnectionFacts } from './connection-facts.ts';
import { type ExchangeContext, OUTPUT_MARKS, type OutputMarks } from './context.ts';
import { LiveExchange } from './live-exchange.ts';
import { MemoryCarrier } from './memory-carrier.ts';

/** The request that a client makes. */
export interface PairRequest {
	/** GET by default. */
	readonly method?: string;
	/** `/` by default. */
	readonly target?: string;
	/** `http` by default. */
	readonly scheme?: string;
	/** `localhost` by default. */
	readonly authority?: string;
	/** What `:protocol` or Upgrade offers; none by default. */
	readonly protocol?: string | null;
	readonly fields?: FieldsInit;
	/** `2` by default; it decides what the exchange can do. */
	readonly httpVersion?: '1.0' | '1.1' | '2';
	/** The client waits for 100 (Continue). */
	readonly expectsContinue?: boolean;
	/** Whether content follows by `send` and `end`; no by default. A CONNECT is always open. */
	readonly hasContent?: boolean;
	readonly priority?: Priority;
	/** Whether the client takes pushes; yes by default on HTTP/2. */
	readonly takesPush?: boolean;
}

/** What the exchange lives in. */
export interface PairOptions {
	readonly connection?: ConnectionFacts;
	readonly marks?: Partial<OutputMarks>;
	/** Told what the application threw; by default it is rethrown as an unhandled rejection, so that no test misses it. */
	readonly report?: (error: unknown) => void;
}

/** What a client is told. All methods are optional. */
export interface PairEvents {
	inform?(status: number, fields: Fields): void;
	/** 100 (Continue), because content is wanted. */
	continued?(): void;
	respond?(status: number, fields: Fields, reason: string | undefined): void;
	/** The tunnel was accepted. */
	accept?(fields: Fields): void;
	data?(chunk: Uint8Array): void;
	/** The response, or the server's half of the tunnel, has ended; the trailer fields may be empty. */
	end?(trailers: Fields): void;
	/** A promise; give `pushed` its events before returning. */
	push?(head: RequestHead, pushed: PairClient): void;
	/** The application has taken that many bytes of content. */
	credit?(bytes: number): void;
	/** The application does not want the rest of the content. */
	discard?(): void;
	/** The application reset the exchange with this code; nothing follows. */
	reset?(code: number): void;
	/** The application wants no more exchanges on this connection. */
	retire?(): void;
}

/** The client's side of an exchange in memory. Nothing is delivered inside a call of these methods. */
export interface PairClient {
	/** Who is told what the application sends. */
	events: PairEvents;
	/** The request head that was sent. */
	readonly head: RequestHead;
	/** The priority the server has set, or that of the request. */
	readonly priority: Priority;
	/**
	 * Sends content or tunnel bytes.
	 * @returns false when 64 KiB or more have not been credited
	 * @throws Error when the request has ended already, or had no content to begin with
	 */
	send(chunk: Uint8Array): boolean;
	/** Ends the request, or the client's half of the tunnel. */
	end(trailers?: FieldsInit): void;
	/** Resets the exchange with this code. */
	reset(code: number): void;
	/** The connection is lost. */
	lose(): void;
	/** Takes no more data: what the application writes waits. */
	pause(): void;
	/** Takes data again. */
	resume(): void;
	/** Changes the priority. */
	reprioritize(priority: Priority): void;
}

const NOWHERE: ConnectionFacts = { id: 0, peer: null, local: null, tls: null };

/**
 * Makes a request of an application in memory. The application runs in a microtask, so set `events` at once.
 *
 * @throws Misuse when the application is not a rich one (RICH-3)
 * @example
 * const client = pair(app, { method: 'POST', target: '/echo', hasContent: true });
 * client.events = { data: (chunk) => received.push(chunk) };
 * client.send(utf8('hello'));
 * client.end();
 */
export function pair(app: RichApp, request: PairRequest = {}, options: PairOptions = {}): PairClient {
	requireRich(app, 'pair()');
	const head = pairHead(request);
	const context: ExchangeContext = {
		connection: options.connection ?? NOWHERE,
		marks: { ...OUTPUT_MARKS, ...options.marks },
		waiting: 0,
		held: 0,
		lending: false,
		whenReturned() {},
		report: options.report ?? ((error) => void Promise.reject(error)),
		awaiting() {},
		answered() {},
	};
	const carrier = new MemoryCarrier(head, request.takesPush ?? head.httpVersion === '2');
	const exchange = new LiveExchange(carrier, head, context);
	queueMicrotask(() => {
		exchange.run(app);
		carrier.begin();
	});
	return carrier.client;
}

function pairHead(request: PairRequest): RequestHead {
	const method = request.method ?? 'GET';
	const fields = Fields.from(request.fields ?? []);
	return {
		method,
		scheme: request.scheme ?? 'http',
		authority: request.authority ?? 'localhost',
		target: request.target ?? '/',
		protocol: request.protocol ?? null,
		fields,
		httpVersion: request.httpVersion ?? '2',
		// An expectation of HTTP/1.0 is ignored (RFC 9110 §10.1.1).
		expectsContinue: request.expectsContinue === true && request.httpVersion !== '1.0',
		contentLength: request.hasContent === true || method === 'CONNECT' ? -1 : 0,
		priority: request.priority ?? parsePriority(fields.combined('priority')),
	};
}
