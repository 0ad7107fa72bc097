/**
 * `wsgi.input` and `wsgi.errors` as they stand in the environ: what is behind them is made when somebody uses it, for most
 * requests have no content and write no errors.
 */
import type { ErrorStream } from '../../layer/gateway/error-stream.ts';
import type { Input } from '../../layer/gateway/input.ts';

/** Makes the streams of a request, each at its first use. */
export interface StreamSource {
	readonly input: Input;
	readonly errors: ErrorStream;
}

/** The content of one request. */
export class RequestInput implements Input {
	readonly #source: StreamSource;

	constructor(source: StreamSource) {
		this.#source = source;
	}

	read(size?: number): Promise<Uint8Array> {
		return this.#source.input.read(size);
	}

	read1(size?: number): Promise<Uint8Array> {
		const { input } = this.#source;
		return input.read1 === undefined ? input.read(size) : input.read1(size);
	}

	readline(size?: number): Promise<Uint8Array> {
		return this.#source.input.readline(size);
	}

	readlines(hint?: number): Promise<Uint8Array[]> {
		return this.#source.input.readlines(hint);
	}

	[Symbol.asyncIterator](): AsyncIterator<Uint8Array> {
		return this.#source.input[Symbol.asyncIterator]();
	}
}

/** The lines that one request has for the log. */
export class RequestErrors implements ErrorStream {
	readonly #source: StreamSource;

	constructor(source: StreamSource) {
		this.#source = source;
	}

	write(text: string): void {
		this.#source.errors.write(text);
	}

	writelines(texts: Iterable<string>): void {
		this.#source.errors.writelines(texts);
	}

	flush(): void {
		this.#source.errors.flush();
	}
}
