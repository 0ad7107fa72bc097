/** A file as the response to GET and HEAD: conditional requests, ranges, and no byte read before the client takes it. */
import type { Exchange } from '../rich/exchange.ts';
import type { Handler } from '../rich/handler.ts';
import { BackpressureFault, ErrorCode, Misuse } from '../wire/fault.ts';
import { Fields, type FieldsInit } from '../wire/fields.ts';
import { utf8 } from '../wire/utf8.ts';
import { type ByteRange, byteRanges } from './byte-ranges.ts';
import { mediaType } from './media-type.ts';
import { contentRange, multipartRanges } from './multipart-ranges.ts';
import { preconditions, rangeStands } from './preconditions.ts';
import { type Validators, validatorsOf } from './validators.ts';

/** A file that is open for reading: on a disk, in an archive, in a store far away. */
export interface FileSource {
	/** Its length in bytes, when it was opened. What it grows by later is not sent. */
	readonly size: number;
	/** When it was modified last. */
	readonly modified: Date;
	/**
	 * Reads at a position in the file. Called once at a time, and not again before the client has taken what came.
	 * @param length how many bytes at most; fewer will do
	 * @returns a chunk that is not empty, in memory that is not used again; an empty one when the file has become shorter
	 */
	read(position: number, length: number): PromiseLike<Uint8Array>;
	/** Closes it. Called once, after the last read has settled. */
	close(): PromiseLike<void>;
}

/** How a file is answered with. */
export interface FileOptions {
	/** The Content-Type; by default that of the extension of `name`. */
	readonly type?: string;
	/** A file name, for its extension. Without one, or with one not known, the type is `application/octet-stream`. */
	readonly name?: string;
	/** The entity tag, `"…"` or `W/"…"` (RFC 9110 §8.8.3), of a content hash perhaps; by default made of size and time. */
	readonly etag?: string;
	/** Further fields of 200, 206 and 304 responses: Cache-Control, Content-Disposition, Vary … They are sent first. */
	readonly fields?: FieldsInit;
}

/** How much is read at once, in bytes. */
const READ_SIZE = 64 * 1024;

/** Fields that are the business of this file alone. */
const OWN_FIELDS = ['content-type', 'content-length', 'content-range', 'accept-ranges', 'etag', 'last-modified'];

/** Fields that describe content, and have no place in a 304 (RFC 9110 §15.4.5). */
const NOT_IN_304 = ['content-encoding', 'content-language', 'content-disposition'];

/**
 * Answers with a file, or 404 without one. It attaches itself, so nothing else may; content of the request is discarded.
 *
 * - Methods other than GET and HEAD: 405 with Allow.
 * - Conditional requests (RFC 9110 §13): 304 and 412, by ETag and Last-Modified.
 * - Ranges (RFC 9110 §14), of GET: one range is a 206; up to 16 that do not overlap are a 206 of multipart/byteranges in
 *   the order asked for; more, or overlapping ones, are ignored and the whole is sent. 416 when none can be satisfied.
 * - At most one chunk of 64 KiB is read ahead of what the client takes. Reading stops when the client goes away.
 *
 * The file is closed in every case.
 *
 * @returns resolves when the exchange has ended, however it ended: `exchange.outcome` says. An application may return the
 *   promise or await it.
 * @throws (rejects) what `file.read` and `file.close` reject with, and Error when the file has become shorter; once the
 *   response has begun, it has been reset then. Misuse (RICH-4) when a handler is attached already, (RICH-48) for `fields`
 *   that are its own.
 * @example
 * const app = rich((exchange) =>
 *   fileResponse(exchange, archive.open('manual.pdf'), { name: 'manual.pdf', fields: ['cache-control', 'max-age=3600'] }),
 * );
 */
export async function fileResponse(
	exchange: Exchange,
	file: FileSource | null,
	options: FileOptions = {},
): Promise<void> {
	const sending = new Sending(exchange);
	try {
		exchange.attach(sending);
		exchange.discard();
		await sending.answer(file, options);
	} catch (error) {
		// Before the response has begun it is for whoever awaits this to answer, or for the server: 500.
		if (sending.hasBegun) exchange.abort(ErrorCode.INTERNAL_ERROR);
		throw error;
	} finally {
		await file?.close();
	}
	await sending.ended;
}

/** Whether a file can be the answer to that method. */
export function isFileMethod(method: string): boolean {
	return method === 'GET' || method === 'HEAD';
}

/** A part of the file, and what comes before it. */
interface Part extends ByteRange {
	readonly head: Uint8Array | null;
}

/** A response: its head, and what of the file follows. */
interface Plan {
	readonly status: number;
	readonly fields: Fields;
	readonly parts: readonly Part[];
	readonly tail: Uint8Array | null;
}

/** One response, and the handler of its exchange. */
class Sending implements Handler {
	/** The exchange has ended. */
	readonly ended: Promise<void>;
	/** The response has been begun here. */
	hasBegun = false;

	readonly #exchange: Exchange;
	#end!: () => void;
	#isBlocked = false;
	#unblock: (() => void) | null = null;

	constructor(exchange: Exchange) {
		this.#exchange = exchange;
		this.ended = new Promise((resolve) => {
			this.#end = resolve;
		});
	}

	drain(): void {
		this.#isBlocked = false;
		this.#unblock?.();
	}

	closed(): void {
		this.drain();
		this.#end();
	}

	async answer(file: FileSource | null, options: FileOptions): Promise<void> {
		const { method } = this.#exchange;
		if (!isFileMethod(method)) this.#plain(405, 'Method Not Allowed', ['allow', 'GET, HEAD']);
		else if (file === null) this.#plain(404, 'Not Found');
		else await this.#choose(file, options);
	}

	#choose(file: FileSource, options: FileOptions): Promise<void> | void {
		const { fields, method } = this.#exchange;
		const further = furtherFields(options.fields);
		const validators = validatorsOf(file.size, file.modified, options.etag, Date.now());
		const condition = preconditions(fields, validators);
		if (condition === 412) return this.#plain(412, 'Precondition Failed');
		if (condition === 304) return this.#send(file, notModified(validators, further));
		// Range means nothing to HEAD (RFC 9110 §14.2).
		const asked = method === 'GET' && rangeStands(fields, validators) ? fields.combined('range') : null;
		const ranges = asked === null ? null : byteRanges(asked, file.size);
		if (ranges?.length === 0) {
			return this.#plain(416, 'Range Not Satisfiable', ['content-range', `bytes */${file.size}`]);
		}
		const type = options.type ?? mediaType(options.name ?? '');
		const plan = ranges === null ? whole(file.size, type, further) : partial(ranges, file.size, type, further);
		plan.fields.append('accept-ranges', 'bytes');
		plan.fields.append('etag', validators.etag);
		plan.fields.append('last-modified', validators.lastModified);
		return this.#send(file, method === 'HEAD' ? { ...plan, parts: [], tail: null } : plan);
	}

	#plain(status: number, text: string, fields: string[] = []): void {
		const content = utf8(`${text}\n`);
		const described = ['content-type', 'text/plain; charset=utf-8', 'content-length', String(content.length)];
		this.#begin(status, Fields.from([...described, ...fields]));
		this.#exchange.end(content);
	}

	async #send(file: FileSource, plan: Plan): Promise<void> {
		for (const part of plan.parts) {
			let position = part.start;
			while (position < part.end) {
				if (this.#isBlocked) await this.#drained();
				if (this.#exchange.outcome !== null) return;
				const chunk = await readChunk(file, position, Math.min(part.end, position + READ_SIZE));
				if (this.#exchange.outcome !== null) return;
				// The first read comes before the head, so that a file that cannot be read is a clean 500.
				if (!this.hasBegun) this.#begin(plan.status, plan.fields);
				if (position === part.start && part.head !== null) await this.#write(part.head);
				position += chunk.length;
				await this.#write(chunk);
			}
		}
		if (!this.hasBegun) this.#begin(plan.status, plan.fields);
		if (plan.tail !== null) await this.#write(plan.tail);
		this.#exchange.end();
	}

	#begin(status: number, fields: Fields): void {
		this.#exchange.respond(status, fields);
		this.hasBegun = true;
	}

	/** Writes a chunk: whole, or in pieces where the server's hard mark has no room for it beside what waits already. */
	async #write(chunk: Uint8Array): Promise<void> {
		let at = 0;
		let pieceSize = chunk.length;
		while (at < chunk.length) {
			if (this.#isBlocked) {
				await this.#drained();
				pieceSize = chunk.length;
			}
			const piece = pieceSize === chunk.length && at === 0 ? chunk : chunk.subarray(at, at + pieceSize);
			try {
				if (!this.#exchange.write(piece)) this.#isBlocked = true;
				at += piece.length;
			} catch (fault) {
				if (!(fault instanceof BackpressureFault) || piece.length === 1) throw fault;
				pieceSize = piece.length >> 1;
			}
		}
	}

	/** Also when the exchange has ended: nothing drains any more then. */
	#drained(): Promise<void> {
		if (this.#exchange.outcome !== null) return Promise.resolve();
		return new Promise((resolve) => {
			this.#unblock = resolve;
		});
	}
}

async function readChunk(file: FileSource, position: number, end: number): Promise<Uint8Array> {
	const length = end - position;
	const chunk = await file.read(position, length);
	if (chunk.length > length) {
		throw new RangeError(`A file source was asked for ${length} bytes and gave ${chunk.length}.`);
	}
	if (chunk.length === 0) {
		throw new Error(
			`The file became shorter while it was sent: it had ${file.size} bytes, and ends at ${position} now.`,
		);
	}
	return chunk;
}

/** A copy of the further fields, that can be added to. */
function furtherFields(init: FieldsInit | undefined): Fields {
	const fields = Fields.from(init ?? []).clone();
	for (const name of OWN_FIELDS) {
		if (fields.has(name)) {
			throw new Misuse(
				'RICH-48',
				`${name} follows from the file: leave it out of fields (the options type and etag set theirs).`,
			);
		}
	}
	return fields;
}

function notModified(validators: Validators, fields: Fields): Plan {
	for (const name of NOT_IN_304) fields.delete(name);
	fields.append('etag', validators.etag);
	return { status: 304, fields, parts: [], tail: null };
}

function whole(size: number, type: string, fields: Fields): Plan {
	fields.append('content-type', type);
	fields.append('content-length', String(size));
	return { status: 200, fields, parts: [{ head: null, start: 0, end: size }], tail: null };
}

function partial(ranges: readonly ByteRange[], size: number, type: string, fields: Fields): Plan {
	const [{ start, end }] = ranges as [ByteRange];
	if (ranges.length === 1) {
		fields.append('content-type', type);
		fields.append('content-length', String(end - start));
		fields.append('content-range', contentRange(start, end, size));
		return { status: 206, fields, parts: [{ head: null, start, end }], tail: null };
	}
	const { heads, tail, ...described } = multipartRanges(ranges, type, size);
	fields.append('content-type', described.type);
	fields.append('content-length', String(described.length));
	const parts = ranges.map((range, i) => ({ head: heads[i] as Uint8Array, start: range.start, end: range.end }));
	return { status: 206, fields, parts, tail };
}
