/**
 * What stands where Node has a socket: the facts of the connection, and the end of the exchange. An exchange has no socket,
 * many may share one, and what writes to it would break the others: so whatever would read or write is refused.
 */
import { EventEmitter } from 'node:events';
import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { ConnectionFacts } from '../../rich/connection-facts.ts';
import { Misuse } from '../../wire/fault.ts';
import { giveFacts } from './socket-facts.ts';

/** What the socket asks of its call. */
export interface SocketOwner {
	readonly connection: ConnectionFacts;
	/** Where listeners of tunnels are. */
	readonly server: EventEmitter;
	/** Bytes that wait. Never 0 while a response that has been ended is not sent. */
	readonly unsent: number;
	/** Somebody reads the request. */
	readRequest(): void;
	/** Nobody wants content now. */
	pauseRequest(): void;
	/** Ends the exchange. */
	destroyExchange(error: Error | undefined): void;
	/** Nothing has moved for as long as was asked for. */
	timedOut(): void;
}

/** Node corks and uncorks; there is nothing to hold back, since output leaves at the end of the turn. */
const WRITABLE_STATE = { corked: 1, errored: null, finished: false };

/** The `socket` of a request and its response. One for each exchange. */
export class ExchangeSocket extends EventEmitter {
	/** Node looks here for whose turn it is. */
	_httpMessage: ServerResponse | null = null;
	_hadError = false;
	destroyed = false;
	/** `close` has been told. */
	closed = false;
	timeout = 0;
	readonly #owner: SocketOwner;
	#timer: NodeJS.Timeout | null = null;

	constructor(owner: SocketOwner) {
		super();
		this.#owner = owner;
	}

	static {
		giveFacts(ExchangeSocket.prototype, (socket: ExchangeSocket) => socket.#owner.connection);
	}

	/** To whoever wants Node's type: what of it is not here throws, or is not there. */
	get asSocket(): Socket {
		return this as unknown as Socket;
	}

	// ---- state ------------------------------------------------------------------------------------------------------

	/** Some libraries find the server by a request, and listen for `upgrade` there. */
	get server(): EventEmitter {
		return this.#owner.server;
	}
	get readable(): boolean {
		return !this.destroyed;
	}
	get writable(): boolean {
		return !this.destroyed;
	}
	get readyState(): 'open' | 'closed' {
		return this.destroyed ? 'closed' : 'open';
	}
	get readableHighWaterMark(): number {
		return 64 * 1024;
	}
	get writableHighWaterMark(): number {
		return 64 * 1024;
	}
	get writableLength(): number {
		return this.#owner.unsent;
	}
	get writableCorked(): number {
		return 1;
	}
	get _writableState(): object {
		return WRITABLE_STATE;
	}
	cork(): void {}
	uncork(): void {}

	// ---- verbs ------------------------------------------------------------------------------------------------------

	/** Node's request reads on by this, and stops by pause. */
	resume(): this {
		this.#owner.readRequest();
		return this;
	}
	pause(): this {
		this.#owner.pauseRequest();
		return this;
	}

	/** Ends the exchange: a reset, or on HTTP/1 a closed connection. */
	destroy(error?: Error): this {
		if (this.destroyed) return this;
		this.destroyed = true;
		this._hadError = error !== undefined && error !== null;
		this.#owner.destroyExchange(error);
		return this;
	}
	destroySoon(): void {
		if (this._httpMessage?.writableEnded !== true) this.destroy();
	}

	/** Tells `timeout` when nothing has been read or written for so many milliseconds; 0 for never. */
	setTimeout(milliseconds: number, listener?: () => void): this {
		this.timeout = milliseconds;
		if (this.#timer !== null) clearTimeout(this.#timer);
		this.#timer = null;
		if (milliseconds > 0 && !this.closed) {
			this.#timer = setTimeout(() => this.#owner.timedOut(), milliseconds);
			this.#timer.unref();
			if (listener !== undefined) this.once('timeout', listener);
		} else if (listener !== undefined) {
			this.removeListener('timeout', listener);
		}
		return this;
	}

	/** Something has been read or written. */
	active(): void {
		if (this.#timer !== null) this.#timer.refresh();
	}

	/** The exchange is over. */
	over(broken: boolean): void {
		if (this.#timer !== null) clearTimeout(this.#timer);
		this.#timer = null;
		if (broken) {
			this.destroyed = true;
			this._hadError = true;
		}
	}

	tellClose(): void {
		this.closed = true;
		this.destroyed = true;
		this.emit('close', this._hadError);
	}

	// ---- refused ----------------------------------------------------------------------------------------------------

	override on(event: string | symbol, listener: (...args: never[]) => void): this {
		refuseReading(event);
		return super.on(event, listener as (...args: unknown[]) => void);
	}
	override once(event: string | symbol, listener: (...args: never[]) => void): this {
		refuseReading(event);
		return super.once(event, listener as (...args: unknown[]) => void);
	}
	override addListener(event: string | symbol, listener: (...args: never[]) => void): this {
		return this.on(event, listener);
	}
	write(): never {
		throw refused('write');
	}
	end(): never {
		throw refused('end');
	}
	read(): never {
		throw refused('read');
	}
	pipe(): never {
		throw refused('pipe');
	}
	unshift(): never {
		throw refused('unshift');
	}
	setEncoding(): never {
		throw refused('setEncoding');
	}
}

function refuseReading(event: string | symbol): void {
	if (event === 'data' || event === 'readable') throw refused(`on('${event}')`);
}

function refused(what: string): Misuse {
	return new Misuse(
		'NODE-24',
		`socket.${what} is not to be had: an exchange has no socket of its own. Read the request and write the response; ` +
			"for bytes both ways, listen for 'upgrade' on nodeServer(app), or write a rich application and call accept.",
	);
}
