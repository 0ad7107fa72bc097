/**
 * The response. Everything is Node's own code but for the four methods by which that code puts out what it has: how a head is
 * stored, how content and how text goes to the socket, and what happens at the end. They are properties of the object itself,
 * because Express puts its own prototype, which knows nothing of ours, under every response.
 */
import { type IncomingMessage, OutgoingMessage, ServerResponse, STATUS_CODES } from 'node:http';
import { Misuse } from '../../wire/fault.ts';
import type { FieldLines } from '../../wire/fields.ts';
import type { ExchangeSocket } from './exchange-socket.ts';
import { parsedHead, parsedSection } from './head-text.ts';
import { ResponseLines, requireNodeLines } from './response-lines.ts';

/** Told when what was written has left, or why it will not. */
export type WriteCallback = (error?: Error | null) => void;

/** What the response asks of its call. */
export interface ResponseOwner {
	readonly isHttp2: boolean;
	/** The exchange is over. */
	readonly over: boolean;
	/** `write` has said false. */
	readonly full: boolean;
	inform(status: number, lines: string[]): void;
	respond(status: number, lines: string[], reason: string | undefined): void;
	/** Gives false when the caller should wait for `drained`. */
	write(chunk: Uint8Array): boolean;
	/** A head that is kept back shall go, if it can. */
	flush(): void;
	/** Calls back when all that has been written so far, and what is written in the same turn, has left. */
	whenSent(callback: WriteCallback): void;
	/** Nothing more comes, but for trailer fields. */
	finish(trailers: string[] | null): void;
	/** The connection shall close behind this response. */
	closeAfter(): void;
}

/** What node:http has, and its types do not tell of. */
interface Internals {
	socket: unknown;
	_header: string | null;
	_headerSent: boolean;
	_hasBody: boolean;
	_contentLength: number | null;
	_removedContLen: boolean;
	_trailer: string;
	_closed: boolean;
	destroyed: boolean;
	shouldKeepAlive: boolean;
	[needDrain: symbol]: boolean;
}

type Headers = Record<string, [name: string, value: unknown]>;

interface Kept {
	[outHeaders: symbol]: Headers | null | undefined;
}

/** By what a response is sent. */
const SENDING = ['setHeader', 'writeHead', 'write', 'end', 'flushHeaders'] as const;
const PLATFORM: Pick<ServerResponse, (typeof SENDING)[number]> = ServerResponse.prototype;

/** Where Node remembers that `drain` is owed. There is no other way to say that it has come. */
const NEED_DRAIN = Object.getOwnPropertySymbols(new OutgoingMessage()).find(
	(symbol) => symbol.description === 'kNeedDrain',
) as symbol;

/** Where Node keeps the headers that were set: name as it was given and value, by name in lower case. */
const OUT_HEADERS = Object.getOwnPropertySymbols(new OutgoingMessage()).find(
	(symbol) => symbol.description === 'kOutHeaders',
);

/** The fields that every placeholder has. */
const OF_CONTENT = ['content-type', 'content-length', 'cache-control'] as const;

/** What Node does at the end, besides what depends on its sockets. */
const finishOfNode: (this: ServerResponse) => void = Reflect.get(ServerResponse.prototype, '_finish');

/** The response of one exchange. */
export class NodeResponse extends ServerResponse {
	readonly _storeHeader: unknown = NodeResponse.#storeHeader;
	readonly _send: unknown = NodeResponse.#send;
	readonly _writeRaw: unknown = NodeResponse.#writeRaw;
	readonly _finish: unknown = NodeResponse.#finish;
	readonly #owner: ResponseOwner;

	constructor(owner: ResponseOwner, request: IncomingMessage, socket: ExchangeSocket) {
		super(request);
		this.#owner = owner;
		socket._httpMessage = this;
		internals(this).socket = socket;
	}

	/** Begins the final response: `headers` is what Node stores heads from. */
	static #storeHeader(this: NodeResponse, firstLine: string, headers: unknown): void {
		const owner = this.#owner;
		const own = internals(this);
		const { statusCode: status, statusMessage } = this;
		if (status < 200) {
			throw new Misuse(
				'NODE-12',
				status === 101
					? "A protocol is switched to by a listener of 'upgrade' on nodeServer(app), not by writeHead(101)."
					: `${status} is no final response: send it by writeContinue, writeProcessing, writeEarlyHints or writeInformation.`,
			);
		}
		if (status === 205) own._hasBody = false;
		const head = new ResponseLines(this, headers, status, owner.isHttp2);
		const { lines } = head;
		// On HTTP/1 the server does so by itself.
		if (head.contentLength >= 0) {
			own._contentLength = head.contentLength;
			own._removedContLen = false;
		} else if (owner.isHttp2 && own._hasBody && !own._removedContLen && own._contentLength !== null) {
			lines.push('content-length', String(own._contentLength));
		}
		if (!owner.isHttp2 && (head.closes || !own.shouldKeepAlive)) owner.closeAfter();
		try {
			owner.respond(status, lines, statusMessage === STATUS_CODES[status] ? undefined : statusMessage);
		} catch (error) {
			requireNodeLines(lines);
			throw error;
		}
		own._header = firstLine;
	}

	/** Content, or nothing where only a head is to leave, or a callback is to be called. */
	static #send(
		this: NodeResponse,
		data: string | Uint8Array,
		encoding?: unknown,
		callback?: WriteCallback | null,
	): boolean {
		const owner = this.#owner;
		if (owner.over) return false;
		if (typeof callback === 'function') owner.whenSent(callback);
		if (data.length === 0) {
			// `end` gives a callback; who only wants the head to go, as by flushHeaders(), does not.
			if (typeof callback !== 'function') owner.flush();
			return !owner.full;
		}
		return owner.write(
			typeof data === 'string' ? Buffer.from(data, (encoding as BufferEncoding | null | undefined) ?? 'utf8') : data,
		);
	}

	/** Informational responses, which Node writes as text. */
	static #writeRaw(this: NodeResponse, text: unknown, encoding?: unknown, callback?: WriteCallback): boolean {
		const head = typeof text === 'string' ? parsedHead(text) : null;
		if (head === null || head.status >= 200 || head.status === 101) {
			throw new Misuse('NODE-24', 'An exchange has no socket to write raw bytes to: use write() and end().');
		}
		this.#owner.inform(head.status, head.lines);
		const told = typeof encoding === 'function' ? (encoding as WriteCallback) : callback;
		if (typeof told === 'function') process.nextTick(told);
		return true;
	}

	/** The application has ended the response, and all of it has been written. */
	static #finish(this: NodeResponse): void {
		const own = internals(this);
		own._headerSent = true;
		finishOfNode.call(this);
		this.#owner.finish(own._trailer === '' ? null : parsedSection(own._trailer));
	}

	/**
	 * Another has answered in the place of what this response has sent: logs are to find that answer. Node has no way to change
	 * headers that have been sent, so those of the placeholder are changed where Node keeps them.
	 */
	static shows(response: NodeResponse, status: number, reason: string | undefined, lines: FieldLines): void {
		response.statusCode = status;
		response.statusMessage = reason ?? STATUS_CODES[status] ?? '';
		if (OUT_HEADERS === undefined) return;
		const own = response as unknown as Kept;
		for (const name of OF_CONTENT) {
			const value = valueOf(name, lines);
			const line = own[OUT_HEADERS]?.[name];
			if (line !== undefined) line[1] = value;
			else if (value !== undefined) {
				own[OUT_HEADERS] ??= Object.create(null) as Headers;
				own[OUT_HEADERS][name] = [name, value];
			}
		}
	}

	/**
	 * Whether nothing has been sent, or put over the methods by which things are, or said of the content: then nobody but Node's own
	 * code and ours sees what is sent now.
	 */
	static isUntouched(response: NodeResponse): boolean {
		if (OUT_HEADERS === undefined || response.headersSent || response.writableEnded) return false;
		for (const method of SENDING) if (response[method] !== PLATFORM[method]) return false;
		const headers = (response as unknown as Kept)[OUT_HEADERS];
		if (headers === null || headers === undefined) return true;
		return OF_CONTENT.every((name) => headers[name] === undefined) && headers['content-encoding'] === undefined;
	}

	/** Output moves again. */
	static drained(response: NodeResponse): void {
		const own = internals(response);
		if (own[NEED_DRAIN] !== true) return;
		own[NEED_DRAIN] = false;
		response.emit('drain');
	}

	/** As Node has it: a response that has been sent has no socket. */
	static detach(response: NodeResponse, socket: ExchangeSocket): void {
		socket._httpMessage = null;
		internals(response).socket = null;
	}

	/** Tells `close`, once. */
	static close(response: NodeResponse): void {
		const own = internals(response);
		if (own._closed) return;
		own.destroyed = true;
		own._closed = true;
		response.emit('close');
	}
}

/** The value of the first line of a name. */
function valueOf(name: string, lines: FieldLines): string | undefined {
	for (let at = 0; at < lines.length; at += 2) {
		const line = lines[at] as string;
		if (line.length === name.length && line.toLowerCase() === name) return lines[at + 1];
	}
	return undefined;
}

function internals(response: NodeResponse): Internals {
	return response as unknown as Internals;
}
