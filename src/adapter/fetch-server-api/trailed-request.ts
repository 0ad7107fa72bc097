/** The request of a context: a Request, with the trailer fields that the draft expects of it. */
import { type RequestSource, ServerRequest } from '../../layer/fetch/server-request.ts';

/** A source that has trailer fields too. */
export interface TrailedSource extends RequestSource {
	readonly trailers: Promise<Headers>;
}

export class TrailedRequest extends ServerRequest {
	readonly #from: TrailedSource;

	constructor(source: TrailedSource) {
		super(source);
		this.#from = source;
	}

	get trailers(): Promise<Headers> {
		return this.#from.trailers;
	}
}

// As of the request that it extends: its constructor is Request.
Reflect.deleteProperty(TrailedRequest.prototype, 'constructor');
