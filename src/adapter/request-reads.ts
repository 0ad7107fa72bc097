/** The content of a Request, read as that of a gateway is. */
import type { ContentReads } from './content-on-demand.ts';

/** Reads it chunk by chunk; begins with the first read. */
export class RequestReads implements ContentReads {
	readonly #request: Request;
	#reader: ReadableStreamDefaultReader<Uint8Array> | null = null;

	constructor(request: Request) {
		this.#request = request;
	}

	/** What comes next, whatever size is asked for; empty at the end. */
	readonly read: () => Promise<Uint8Array> = async (): Promise<Uint8Array> => {
		const { body } = this.#request;
		if (body === null) return new Uint8Array(0);
		this.#reader ??= (body as ReadableStream<Uint8Array>).getReader();
		for (;;) {
			const { done, value } = await this.#reader.read();
			if (done) return new Uint8Array(0);
			if (value.length > 0) return value;
		}
	};

	readonly read1: () => Promise<Uint8Array> = this.read;

	/** No more is wanted. */
	cancel(): void {
		const { body } = this.#request;
		const cancelled =
			this.#reader === null ? (body?.locked === true ? undefined : body?.cancel()) : this.#reader.cancel();
		cancelled?.catch(() => {});
	}
}
