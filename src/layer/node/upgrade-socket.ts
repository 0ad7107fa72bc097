/**
 * The socket that a listener of `upgrade` or `connect` is given: a Duplex over the exchange. What is written to it first is a
 * response head of HTTP/1.1, since that is what such listeners write; it is read here, and said to the exchange in its own
 * words, whatever version of HTTP carries it. Behind it are the bytes of the tunnel, or the content of a refusal.
 */
import type { EventEmitter } from 'node:events';
import { Duplex } from 'node:stream';
import type { Exchange, Tunnel } from '../../rich/exchange.ts';
import type { Handler } from '../../rich/handler.ts';
import type { Outcome } from '../../rich/outcome.ts';
import { ErrorCode, Misuse } from '../../wire/fault.ts';
import { latin1Decode } from '../../wire/latin1.ts';
import { destroyedError, resetError } from './errors.ts';
import { type HeadText, parsedHead } from './head-text.ts';
import { giveFacts } from './socket-facts.ts';
import { Unsent } from './unsent.ts';

/** A head larger than this is none. */
const HEAD_MAX = 64 * 1024;

/** What a tunnel's head has on HTTP/1 alone, or what the server says by itself. */
const OF_THE_HANDSHAKE =
	/^(?:connection|upgrade|te|keep-alive|proxy-connection|transfer-encoding|content-length|sec-websocket-accept)$/i;
/** The same of a refusal: on HTTP/1 its Upgrade says what would not be refused (RFC 9110 §15.5.22). */
const OF_THE_CONNECTION = /^(?:connection|keep-alive|proxy-connection|transfer-encoding)$/i;
/** The same of a refusal on HTTP/2. */
const OF_THE_STREAM = /^(?:connection|upgrade|te|keep-alive|proxy-connection|transfer-encoding)$/i;

type Done = (error?: Error | null) => void;

/** One for each request that is upgraded. */
export class UpgradeSocket extends Duplex {
	/** What the exchange shall tell its events to. */
	readonly handler: Handler;
	readonly server: EventEmitter;
	timeout = 0;
	readonly #exchange: Exchange;
	readonly #unsent: Unsent;
	#tunnel: Tunnel | null = null;
	/** What has been written of the head; null when it has been said. */
	#head: Uint8Array | null = new Uint8Array(0);
	/** Whoever waits for what was written to leave. */
	#waiting: Done | null = null;
	#timer: NodeJS.Timeout | null = null;
	#over = false;
	#failure: { readonly error: unknown } | null = null;

	static {
		giveFacts(UpgradeSocket.prototype, (socket: UpgradeSocket) => socket.#exchange.connection);
	}

	/** @param server that has told of it */
	constructor(exchange: Exchange, server: EventEmitter) {
		super({ allowHalfOpen: true });
		this.server = server;
		this.#exchange = exchange;
		this.handler = new UpgradeEvents(this);
		this.#unsent = new Unsent(
			{ write: (chunk) => (this.#tunnel === null ? exchange.write(chunk) : this.#tunnel.write(chunk)) },
			Number.POSITIVE_INFINITY,
		);
	}

	// ---- what the listener does -------------------------------------------------------------------------------------

	override _write(chunk: Buffer, _encoding: BufferEncoding, done: Done): void {
		this.#active();
		try {
			const rest = this.#head === null ? chunk : this.#takeHead(chunk);
			if (rest === null || rest.length === 0 || this.#unsent.write(rest)) done();
			else this.#waiting = done;
		} catch (error) {
			this.#fail(error);
			done();
		}
	}

	override _final(done: Done): void {
		if (!this.#over) {
			// Nothing has been said, and nothing will be: as where a socket is closed without a word.
			if (this.#head !== null) this.#exchange.abort(ErrorCode.CANCEL);
			else if (this.#tunnel !== null) this.#tunnel.end();
			else this.#exchange.end();
		}
		done();
	}

	/** The log is told; and the socket, where somebody listens. */
	#fail(error: unknown): void {
		if (this.#over) return;
		this.#failure = { error };
		this.#exchange.abort(ErrorCode.INTERNAL_ERROR);
		this.destroy(this.listenerCount('error') > 0 ? (error as Error) : undefined);
	}

	override _read(): void {
		this.#tunnel?.resume();
	}

	override _destroy(error: Error | null, done: Done): void {
		if (this.#timer !== null) clearTimeout(this.#timer);
		// Once both sides have ended there is nothing to break off.
		if (!this.#over && !(this.writableFinished && (this.#tunnel === null || this.readableEnded))) {
			this.#exchange.abort(error === null ? ErrorCode.CANCEL : ErrorCode.INTERNAL_ERROR);
		}
		done(error);
	}

	/** Ends both sides when what was written has been. */
	destroySoon(): void {
		if (this.writable) this.end();
		if (this.writableFinished) this.destroy();
		else this.once('finish', () => this.destroy());
	}

	setTimeout(milliseconds: number, listener?: () => void): this {
		this.timeout = milliseconds;
		if (this.#timer !== null) clearTimeout(this.#timer);
		this.#timer = null;
		if (milliseconds > 0 && !this.destroyed) {
			this.#timer = setTimeout(() => this.emit('timeout'), milliseconds);
			this.#timer.unref();
			if (listener !== undefined) this.once('timeout', listener);
		} else if (listener !== undefined) {
			this.removeListener('timeout', listener);
		}
		return this;
	}

	#active(): void {
		this.#timer?.refresh();
	}

	// ---- the head ---------------------------------------------------------------------------------------------------

	/**
	 * Takes bytes of the head.
	 * @returns what stands behind it, or null while it is not whole
	 */
	#takeHead(chunk: Uint8Array): Uint8Array | null {
		let bytes = Buffer.concat([this.#head as Uint8Array, chunk]);
		for (;;) {
			const end = bytes.indexOf('\r\n\r\n');
			if (end < 0) {
				if (bytes.length > HEAD_MAX || !'HTTP/1.'.startsWith(latin1Decode(bytes, 0, Math.min(7, bytes.length))))
					throw noHead();
				this.#head = bytes;
				return null;
			}
			const head = parsedHead(latin1Decode(bytes, 0, end + 4));
			if (head === null) throw noHead();
			bytes = bytes.subarray(end + 4);
			if (head.status >= 200 || head.status === 101) {
				this.#head = null;
				this.#say(head);
				return bytes;
			}
			this.#exchange.inform?.(head.status, without(OF_THE_HANDSHAKE, head.lines));
		}
	}

	#say({ status, reason, lines }: HeadText): void {
		const exchange = this.#exchange;
		if (exchange.outcome !== null) throw destroyedError();
		// CONNECT is answered by a 2xx (RFC 9110 §9.3.6), and Upgrade by 101, which is a 2xx on HTTP/2 (RFC 8441 §5).
		const opens = exchange.protocol === null ? status >= 200 && status < 300 : status === 101;
		if (opens && exchange.accept !== null) {
			// On HTTP/1.1 the accept value proves that the server has understood; HTTP/2 has another way (RFC 8441 §5).
			const kept = exchange.httpVersion === '2' ? OF_THE_HANDSHAKE : OF_THE_TUNNEL;
			this.#tunnel = exchange.accept(without(kept, lines), this.handler);
			return;
		}
		// A 2xx to CONNECT says that a tunnel is open, and none is.
		const said = exchange.method === 'CONNECT' && status < 300 ? 501 : status;
		const left = exchange.httpVersion === '2' ? OF_THE_STREAM : OF_THE_CONNECTION;
		exchange.respond(said, without(left, lines), reason === '' || said !== status ? undefined : reason);
		// A refusal has nothing more to be read of.
		this.push(null);
	}

	// ---- what the exchange tells ------------------------------------------------------------------------------------

	static events = {
		data(socket: UpgradeSocket, chunk: Uint8Array): void {
			if (socket.#tunnel === null) return;
			socket.#active();
			if (!socket.push(Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength))) socket.#tunnel.pause();
		},
		end(socket: UpgradeSocket): void {
			if (socket.#tunnel !== null) socket.push(null);
		},
		drain(socket: UpgradeSocket): void {
			socket.#unsent.drain();
			if (!socket.#unsent.full) socket.#moved();
		},
		closed(socket: UpgradeSocket, outcome: Outcome): void {
			if (socket.#over) return;
			socket.#over = true;
			socket.#moved();
			if (outcome.reason === 'complete') {
				// What has come is read to its end first.
				if (socket.readableEnded) socket.destroy();
				else socket.once('end', () => socket.destroy());
				return;
			}
			// As of a socket: an error is for whoever listens.
			const told = outcome.reason === 'reset' && socket.listenerCount('error') > 0;
			socket.destroy(told ? resetError() : undefined);
			if (socket.#failure !== null) throw socket.#failure.error;
		},
	};

	#moved(): void {
		const done = this.#waiting;
		this.#waiting = null;
		done?.();
	}
}

/** The events of the exchange, and then of its tunnel. */
class UpgradeEvents implements Handler {
	readonly #socket: UpgradeSocket;

	constructor(socket: UpgradeSocket) {
		this.#socket = socket;
	}

	data(chunk: Uint8Array): void {
		UpgradeSocket.events.data(this.#socket, chunk);
	}
	end(): void {
		UpgradeSocket.events.end(this.#socket);
	}
	drain(): void {
		UpgradeSocket.events.drain(this.#socket);
	}
	closed(outcome: Outcome): void {
		UpgradeSocket.events.closed(this.#socket, outcome);
	}
}

/** What of a tunnel's head the server says by itself on HTTP/1.1. */
const OF_THE_TUNNEL = /^(?:connection|upgrade|keep-alive|proxy-connection|transfer-encoding|content-length)$/i;

function without(names: RegExp, lines: readonly string[]): string[] {
	const kept: string[] = [];
	for (let at = 0; at < lines.length; at += 2) {
		if (!names.test(lines[at] as string)) kept.push(lines[at] as string, lines[at + 1] as string);
	}
	return kept;
}

function noHead(): Misuse {
	return new Misuse(
		'NODE-27',
		'What is written first to the socket of an upgrade is a response head of HTTP/1.1, as "HTTP/1.1 101 Switching Protocols", ' +
			'with its fields and an empty line.',
	);
}
