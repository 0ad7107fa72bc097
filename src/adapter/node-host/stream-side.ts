/** HTTP/2: one stream, as listeners of `stream` are given it, or as the compatibility API has it. */
import type { Duplex, Http2Session, ServerHttp2Stream } from '../../layer/node/server-objects.ts';
import type { CarrierEnd, RequestHead } from '../../wire/carrier.ts';
import { ErrorCode } from '../../wire/fault.ts';
import { Fields } from '../../wire/fields.ts';
import type { NodeSide, ResponseStart } from './side.ts';

/** Header objects as node:http2 takes them. */
type Headers = Record<string | symbol, string | string[] | number>;

/** Fields that an HTTP/2 response cannot have (RFC 9113 §8.2.2): Node.js throws at them. */
const NOT_IN_HTTP2 = new Set(['upgrade', 'http2-settings', 'te']);

/** Whether `respond` takes flat lines, in which order and duplicates are kept; known when one has been refused. */
let takesLines = true;

/** What a server's streams are made with. */
export interface StreamNames {
	/** Under which names of sensitive fields stand; null where it is not known. */
	readonly sensitive: symbol | null;
	/** Fields that others have set for this response: sent where the application does not send them itself. */
	preset?(): Readonly<Record<string, string | string[] | number | undefined>>;
}

/** A side over Http2Stream. */
export class StreamSide implements NodeSide {
	readonly canInform: boolean;
	readonly inputIsConnection: boolean = false;
	readonly canTrail: boolean = true;
	readonly canAccept: boolean;
	readonly #names: StreamNames;
	readonly #isHead: boolean;
	#stream: ServerHttp2Stream | null = null;
	#session: Http2Session | null = null;
	#trailers: Fields | null = null;
	#requestTrailers: Fields = new Fields();
	/** The code of a reset that came before the promise's stream did. */
	#reset = -1;
	readonly #promised: boolean;

	/** @param stream null for a promise: given later to `open` */
	constructor(stream: ServerHttp2Stream | null, head: RequestHead, names: StreamNames) {
		this.#promised = stream === null;
		this.canInform = stream !== null;
		this.canAccept = head.method === 'CONNECT';
		this.#isHead = head.method === 'HEAD';
		this.#names = names;
		if (stream !== null) this.open(stream);
	}

	/** The stream is there. */
	open(stream: ServerHttp2Stream): void {
		this.#stream = stream;
		this.#session = stream.session ?? null;
		stream.on('trailers', (_: unknown, __: number, lines?: readonly string[]) => {
			if (lines !== undefined) this.#requestTrailers = new Fields(lines.slice());
		});
		if (this.#reset >= 0) stream.close(this.#reset);
	}

	get input(): Duplex | null {
		return this.#promised ? null : this.#stream;
	}

	get output(): Duplex | null {
		return this.#stream;
	}

	get canPush(): boolean {
		return !this.#promised && this.#stream?.pushAllowed === true;
	}

	get outputWhole(): boolean {
		const stream = this.#stream;
		// Both sides may have ended, and the stream been closed for it, before it says that it has finished, or written anything.
		return stream !== null && stream.rstCode === ErrorCode.NO_ERROR && !stream.aborted && !this.#lost;
	}

	get bodiless(): boolean {
		return this.#stream?.endAfterHeaders === true;
	}

	/** A stream that was reset ends for its reader too. */
	get inputWhole(): boolean {
		const stream = this.#stream;
		return stream !== null && !stream.aborted && stream.rstCode === ErrorCode.NO_ERROR;
	}

	trailers(): Fields {
		return this.#requestTrailers;
	}

	inform(status: number, fields: Fields): void {
		this.#stream?.additionalHeaders({ ':status': status, ...this.#object(fields) } as never);
	}

	continue(): void {
		this.#stream?.additionalHeaders({ ':status': 100 });
	}

	respond({ status, fields, length, bare }: ResponseStart): void {
		const stream = this.#stream as ServerHttp2Stream;
		const bodiless = this.#isHead || status === 204 || status === 205 || status === 304;
		const sent = fields.clone();
		if (length >= 0 && !bodiless && !fields.has('content-length')) sent.append('content-length', String(length));
		const endStream = bare || bodiless;
		const waitForTrailers = !endStream && length < 0;
		if (waitForTrailers) {
			// The compatibility API listens too, and would send its own.
			stream.removeAllListeners('wantTrailers');
			stream.once('wantTrailers', () => this.#sendTrailers());
		}
		this.#respond(status, sent, { endStream, waitForTrailers });
	}

	#respond(status: number, fields: Fields, options: { endStream: boolean; waitForTrailers: boolean }): void {
		const stream = this.#stream as ServerHttp2Stream;
		if (takesLines) {
			try {
				stream.respond(this.#lines(status, fields) as never, options);
				return;
			} catch (error) {
				// Node.js before 24.9 takes an object alone.
				if ((error as { code?: string }).code !== 'ERR_INVALID_ARG_TYPE') throw error;
				takesLines = false;
			}
		}
		stream.respond({ ...this.#preset(fields), ':status': status, ...this.#object(fields) } as never, options);
	}

	end(trailers: Fields | null): void {
		this.#trailers = trailers;
		if (this.#stream?.writableEnded === false) this.#stream.end();
	}

	accept(fields: Fields): Duplex {
		this.#respond(200, fields, { endStream: false, waitForTrailers: false });
		return this.#stream as ServerHttp2Stream;
	}

	push(head: RequestHead, opened: (failed: boolean) => void): NodeSide | null {
		const pushed = new StreamSide(null, head, { sensitive: this.#names.sensitive });
		const headers = {
			':method': head.method,
			':scheme': head.scheme,
			':authority': head.authority,
			':path': head.target,
			...this.#object(head.fields),
		};
		try {
			this.#stream?.pushStream(headers as never, (error, stream) => {
				if (error === null || error === undefined) {
					// Before anything else: what happens to a stream that nobody listens to ends the process.
					stream.on('error', () => {});
					pushed.open(stream);
				}
				opened(error !== null && error !== undefined);
			});
		} catch {
			// Declined by a race: the client has just gone, or takes no more.
			return null;
		}
		return pushed;
	}

	reset(code: number): void {
		this.#reset = code;
		const stream = this.#stream;
		if (stream === null || stream.destroyed) return;
		stream.close(code);
	}

	/** The rest of the request is not wanted, and the response is whole (RFC 9113 §8.1). */
	abandon(): void {
		this.#stream?.close(ErrorCode.NO_ERROR);
	}

	retire(): void {
		this.#session?.close();
	}

	lostBy(): { readonly end: CarrierEnd; readonly code: number } {
		// Node.js closes the streams of a connection that is lost as if each had been reset.
		if (this.#lost) return { end: 'lost', code: 0 };
		return { end: 'reset', code: this.#stream?.rstCode ?? ErrorCode.CANCEL };
	}

	get #lost(): boolean {
		return this.#session === null || this.#session.destroyed;
	}

	#sendTrailers(): void {
		try {
			this.#stream?.sendTrailers(this.#object(this.#trailers ?? new Fields()) as never);
		} catch {
			// Closed in the meantime, of which `close` tells.
		}
	}

	#preset(fields: Fields): Headers {
		const headers: Headers = {};
		for (const [name, value] of Object.entries(this.#names.preset?.() ?? {})) {
			if (value !== undefined && !fields.has(name)) headers[name] = value;
		}
		return headers;
	}

	/** The lines as they stand, flat, in lower case as HTTP/2 has it. */
	#lines(status: number, fields: Fields): string[] {
		const lines: string[] = [':status', String(status)];
		for (const [name, value] of Object.entries(this.#preset(fields))) {
			for (const one of [value].flat()) lines.push(name, String(one));
		}
		for (const [written, value] of fields) {
			const name = written.toLowerCase();
			if (!NOT_IN_HTTP2.has(name)) lines.push(name, value);
		}
		const { sensitive } = this.#names;
		if (sensitive !== null && fields.sensitive !== null) Object.assign(lines, { [sensitive]: fields.sensitive });
		return lines;
	}

	/** The lines by their names: those of one name stand together, at the place of the first. */
	#object(fields: Fields): Headers {
		const headers: Headers = Object.create(null);
		for (const [written, value] of fields) {
			const name = written.toLowerCase();
			if (NOT_IN_HTTP2.has(name)) continue;
			const before = headers[name];
			if (before === undefined) headers[name] = value;
			else if (Array.isArray(before)) before.push(value);
			else headers[name] = [String(before), value];
		}
		const { sensitive } = this.#names;
		if (sensitive !== null && fields.sensitive !== null) headers[sensitive] = fields.sensitive;
		return headers;
	}
}
