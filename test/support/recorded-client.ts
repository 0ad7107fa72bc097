/** A client of the in-memory pair that writes down what it is told, in order. */
import type { RichApp } from '../../src/rich/app.ts';
import { type PairClient, type PairOptions, type PairRequest, pair } from '../../src/rich/pair.ts';
import { Fields } from '../../src/wire/fields.ts';
import { latin1Decode } from '../../src/wire/latin1.ts';

/** What a client has been told so far. */
export class RecordedClient {
	readonly client: PairClient;
	/** One line an event: `respond 200 a: b`, `data hello`, `end`, `reset 8`, `push GET /x` … Credit is counted apart. */
	readonly log: string[] = [];
	/** What the application's failures were reported as. */
	readonly faults: unknown[];
	/** The pushed exchanges, in the order of their promises. */
	readonly pushes: RecordedClient[] = [];
	status = 0;
	fields: Fields = new Fields();
	trailers: Fields | null = null;
	/** Bytes of content the application has taken. */
	credited = 0;
	readonly #chunks: Uint8Array[] = [];

	constructor(client: PairClient, faults: unknown[], onPush?: (pushed: RecordedClient) => void) {
		this.client = client;
		this.faults = faults;
		client.events = {
			inform: (status, fields) => this.log.push(line(`inform ${status}`, fields)),
			continued: () => this.log.push('continue'),
			respond: (status, fields, reason) => {
				this.status = status;
				this.fields = fields;
				this.log.push(line(`respond ${status}${reason === undefined ? '' : ` ${reason}`}`, fields));
			},
			accept: (fields) => this.log.push(line('accept', fields)),
			data: (chunk) => {
				this.#chunks.push(chunk);
				this.log.push(`data ${chunk.length > 40 ? chunk.length : latin1Decode(chunk, 0, chunk.length)}`);
			},
			end: (trailers) => {
				this.trailers = trailers;
				this.log.push(line('end', trailers));
			},
			push: (head, pushed) => {
				this.log.push(`push ${head.method} ${head.target}`);
				const recorded = new RecordedClient(pushed, faults);
				this.pushes.push(recorded);
				onPush?.(recorded);
			},
			credit: (bytes) => {
				this.credited += bytes;
			},
			discard: () => this.log.push('discard'),
			reset: (code) => this.log.push(`reset ${code}`),
			retire: () => this.log.push('retire'),
		};
	}

	/** All content that has come, as one chunk. */
	get content(): Uint8Array {
		const whole = new Uint8Array(this.#chunks.reduce((length, chunk) => length + chunk.length, 0));
		let at = 0;
		for (const chunk of this.#chunks) {
			whole.set(chunk, at);
			at += chunk.length;
		}
		return whole;
	}

	/** All content that has come, as latin-1 text. */
	get text(): string {
		const content = this.content;
		return latin1Decode(content, 0, content.length);
	}
}

/** What a recorded request is made with, beyond what a pair takes. */
export interface RecordedOptions extends Omit<PairOptions, 'report'> {
	/** Called for each promise as it arrives. */
	readonly onPush?: (pushed: RecordedClient) => void;
}

/** Makes a request in memory and writes down what comes back. Failures of the application go to `faults`. */
export function recorded(app: RichApp, request: PairRequest = {}, options: RecordedOptions = {}): RecordedClient {
	const faults: unknown[] = [];
	const { onPush, ...rest } = options;
	const client = pair(app, request, { ...rest, report: (error) => void faults.push(error) });
	return new RecordedClient(client, faults, onPush);
}

function line(event: string, fields: Fields): string {
	return [event, ...[...fields].map(([name, value]) => `${name}: ${value}`)].join(' ');
}
