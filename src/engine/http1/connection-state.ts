/** What the engine of a connection and its exchanges share. */
import { ChunkQueue } from '../../wire/chunk-queue.ts';
import type { EngineHost } from '../../wire/engine.ts';
import { Output } from '../../wire/output.ts';
import { HeadParser } from './head-parser.ts';
import type { Http1Limits } from './limits.ts';
import { RequestContent } from './request-content.ts';
import { ResponseHeads } from './response-head.ts';

/** One per connection. Only the exchange that is current may change it. */
export class ConnectionState {
	readonly output: Output = new Output();
	/** Reads the heads of requests; null where none comes any more. */
	parser: HeadParser | null;
	/** Content of the current response that waits. */
	readonly queue: ChunkQueue = new ChunkQueue();
	/** Where the content of the current request stands. */
	readonly content: RequestContent;
	readonly host: EngineHost;
	readonly limits: Http1Limits;
	/** Another request may follow (RFC 9112 §9.3). */
	persistent = true;
	/** The connection closes once the output has left. */
	finished = false;
	/** What was cut off has no end but that of the connection. */
	severed = false;
	/** Our half of a tunnel has ended. */
	ended = false;
	/** The transport takes no more content for now. */
	congested = false;
	/** The engine is at work and will look at everything before it returns: no need to wake the host. */
	busy = false;
	#heads: ResponseHeads | null = null;

	constructor(host: EngineHost, limits: Http1Limits) {
		this.host = host;
		this.limits = limits;
		this.parser = new HeadParser(limits);
		this.content = new RequestContent(limits);
	}

	/** What writes the heads of responses, and remembers the last. */
	get heads(): ResponseHeads {
		this.#heads ??= new ResponseHeads();
		return this.#heads;
	}

	/** A tunnel has begun. No request follows it: what remembers the last one for the next is let go, as tunnels last. */
	tunnelled(): void {
		this.persistent = false;
		this.parser = null;
		this.#heads = null;
	}

	/** Something has been left for the next turn. */
	wake(): void {
		if (!this.busy) this.host.wake();
	}
}
