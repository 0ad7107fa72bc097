/** node:http2 over cleartext: one session, kept. */
import { type ClientHttp2Session, type ClientHttp2Stream, connect } from 'node:http2';
import { type Answer, type FieldLine, type Informational, pairs, values } from './answer.ts';
import type { Ask } from './ask.ts';
import type { Client } from './client.ts';
import { untilShown } from './going-away.ts';

/** Connection-level fields, which HTTP/2 has no place for. */
const CONNECTION_LEVEL: ReadonlySet<string> = new Set(['connection', 'host', 'upgrade', 'keep-alive']);

type Events = [headers: object, flags: number, raw: string[]];

export class Http2 implements Client {
	readonly #origin: string;
	#session: ClientHttp2Session | null = null;

	constructor(port: number) {
		this.#origin = `http://127.0.0.1:${port}`;
	}

	ask(ask: Ask): Promise<Answer> {
		const { abort, body } = ask;
		const informational: Informational[] = [];
		let status = 0;
		let fields: FieldLine[] = [];
		let trailers: FieldLine[] = [];
		let left = false;
		const chunks: Uint8Array[] = [];
		return new Promise((resolve, reject) => {
			const leaving = new AbortController();
			const stream = this.#open().request(head(ask), { endStream: body === undefined, signal: leaving.signal });
			stream.setTimeout(30_000, () => reject(new Error(`node:http2, ${ask.target}: nothing for 30 seconds`)));
			const leave = (): void => {
				left = true;
				// A reset with CANCEL.
				leaving.abort();
			};
			stream.on('headers', (...[, , raw]: Events) => {
				informational.push({ status: pseudo(raw), fields: plain(raw) });
			});
			stream.on('continue', () => stream.end(body));
			stream.on('response', (...[, , raw]: Events) => {
				status = pseudo(raw);
				fields = plain(raw);
				// Whoever waits for 100 (Continue) in vain sends nothing.
				if (ask.expect && !stream.writableEnded) stream.end();
			});
			stream.on('trailers', (...[, , raw]: Events) => {
				trailers = plain(raw);
			});
			stream.on('data', (chunk: Uint8Array) => {
				chunks.push(chunk);
				if (abort === 'download') leave();
			});
			let ended = false;
			stream.on('end', () => {
				ended = true;
			});
			stream.on('error', () => {});
			stream.on('close', () => {
				// A reset with NO_ERROR follows a response that did not wait for its request (RFC 9113 §8.1).
				const whole = ended && stream.rstCode === 0 && status !== 0;
				const end = left ? 'left' : whole ? 'complete' : 'truncated';
				resolve({ informational, status, reason: '', fields, body: Buffer.concat(chunks), trailers, end });
			});
			if (typeof abort === 'object') void untilShown(this.#origin, abort).then(leave, reject);
			send(stream, ask);
		});
	}

	close(): void {
		this.#session?.destroy();
	}

	#open(): ClientHttp2Session {
		if (this.#session === null || this.#session.closed || this.#session.destroyed) {
			this.#session = connect(this.#origin);
			this.#session.on('error', () => {});
		}
		return this.#session;
	}
}

function send(stream: ClientHttp2Stream, { body, abort, expect }: Ask): void {
	if (body === undefined || expect) return;
	const bytes = Buffer.from(body as string);
	if (typeof abort === 'object') stream.write(bytes.subarray(0, bytes.length >> 1));
	else stream.end(bytes);
}

/** The head as flat lines, so that order and duplicates stay. */
function head(ask: Ask): string[] {
	const { method = 'GET', target, body, streamed, expect } = ask;
	const fields = (ask.fields ?? []).map(([name, value]): FieldLine => [name.toLowerCase(), value]);
	const authority = values(fields, 'host')[0] ?? 'site.test';
	const lines = fields.filter(([name]) => !CONNECTION_LEVEL.has(name));
	if (values(lines, 'user-agent').length === 0) lines.push(['user-agent', 'compat']);
	if (expect) lines.push(['expect', '100-continue']);
	if (body !== undefined && !streamed && values(lines, 'content-length').length === 0) {
		lines.push(['content-length', String(Buffer.byteLength(body as string))]);
	}
	return [':method', method, ':scheme', 'http', ':authority', authority, ':path', target, ...lines.flat()];
}

function pseudo(raw: readonly string[]): number {
	return Number(raw[raw.indexOf(':status') + 1]);
}

function plain(raw: readonly string[]): FieldLine[] {
	return pairs(raw).filter(([name]) => !name.startsWith(':'));
}
