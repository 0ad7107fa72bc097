/** The content of a request, and the trailer fields behind it. */
import type { TrailedRequest } from '../../layer/fetch-server/context.ts';
import { Fields } from '../../wire/fields.ts';
import type { Reads } from '../fetch-carrier.ts';
import { RequestReads } from '../request-reads.ts';

export class TrailedReads implements Reads {
	/** Known when the content has been read to its end. */
	trailers: Fields = new Fields();
	readonly #request: TrailedRequest;
	readonly #content: RequestReads;

	constructor(request: TrailedRequest) {
		this.#request = request;
		this.#content = new RequestReads(request);
	}

	readonly read: () => Promise<Uint8Array> = async (): Promise<Uint8Array> => {
		const chunk = await this.#content.read();
		// A server that has no trailer fields for its requests has the content alone.
		const { trailers } = this.#request as Partial<TrailedRequest>;
		if (chunk.length === 0 && trailers !== undefined) {
			for (const [name, value] of await trailers) this.trailers.append(name, value);
		}
		return chunk;
	};

	readonly read1: () => Promise<Uint8Array> = this.read;

	cancel(): void {
		this.#content.cancel();
	}
}
