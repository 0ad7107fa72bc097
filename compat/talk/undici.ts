/** undici over HTTP/1.1: one connection, kept. */
import { Client as UndiciClient } from 'undici';
import { type Answer, type FieldLine, type Informational, pairs, values } from './answer.ts';
import type { Ask } from './ask.ts';
import type { Client } from './client.ts';
import { shown, untilShown } from './going-away.ts';

export class Undici implements Client {
	readonly #origin: string;
	readonly #client: UndiciClient;

	constructor(port: number) {
		this.#origin = `http://127.0.0.1:${port}`;
		this.#client = new UndiciClient(this.#origin, { headersTimeout: 30_000, bodyTimeout: 30_000 });
	}

	async ask(ask: Ask): Promise<Answer> {
		if (ask.abort === undefined) return await this.#send(this.#client, ask);
		// To go away is to close the connection.
		const client = new UndiciClient(this.#origin);
		try {
			return await this.#send(client, ask);
		} finally {
			await client.destroy();
		}
	}

	close(): void {
		void this.#client.destroy();
	}

	#send(client: UndiciClient, ask: Ask): Promise<Answer> {
		const { method = 'GET', target, abort } = ask;
		const informational: Informational[] = [];
		let status = 0;
		let reason = '';
		let fields: FieldLine[] = [];
		let left = false;
		const chunks: Uint8Array[] = [];
		return new Promise((resolve, reject) => {
			const done = (end: Answer['end'], trailers: readonly FieldLine[] = []): void => {
				resolve({ informational, status, reason, fields, body: Buffer.concat(chunks), trailers, end });
			};
			const leave = (why: Error): void => {
				left = true;
				void client.destroy(why);
				done('left');
			};
			client.dispatch(
				{ method: method as 'GET', path: target, headers: headers(ask), body: body(ask) as Uint8Array },
				{
					onRequestStart: () => {
						if (typeof abort !== 'object') return;
						void untilShown(this.#origin, abort).then(() => leave(new Error('going away')), reject);
					},
					onResponseStart: ({ rawHeaders }, code, _headers, message = '') => {
						const lines = pairs(rawHeaders as Uint8Array[]);
						if (code < 200) informational.push({ status: code, fields: lines });
						else [status, reason, fields] = [code, message, lines];
					},
					onResponseData: (_controller, chunk) => {
						chunks.push(chunk);
						if (abort === 'download') leave(new Error('going away'));
					},
					onResponseEnd: ({ rawTrailers }) => done('complete', pairs((rawTrailers ?? []) as Uint8Array[])),
					onResponseError: (_controller, error) => {
						if (left) return;
						const { code } = error as { code?: string };
						if (/^UND_ERR_(?:SOCKET|RES|REQ_CONTENT|DESTROYED)|^ECONNRESET|^EPIPE|^HPE_/.test(code ?? ''))
							done('truncated');
						else reject(new Error(`undici, ${method} ${target}: ${error.message}`, { cause: error }));
					},
				},
			);
		});
	}
}

function headers(ask: Ask): string[] {
	if (ask.expect || ask.http10) throw new Error(`undici sends neither Expect nor HTTP/1.0 (${ask.target})`);
	const fields = [...(ask.fields ?? [])];
	if (values(fields, 'host').length === 0) fields.unshift(['Host', 'site.test']);
	if (values(fields, 'user-agent').length === 0) fields.push(['User-Agent', 'compat']);
	return fields.flat();
}

function body({ body, streamed, abort }: Ask): unknown {
	if (body === undefined) return null;
	const bytes = Buffer.from(body as string);
	if (typeof abort === 'object') return shown(bytes);
	return streamed ? inPieces(bytes) : bytes;
}

async function* inPieces(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
	const size = Math.max(1, Math.ceil(bytes.length / 4));
	for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}
