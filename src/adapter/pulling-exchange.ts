/** The exchange of a rich application on a lower layer: the content is pulled from there, when the application wants it. */
import type { Exchange } from '../rich/exchange.ts';
import { type Handler, requireHandler } from '../rich/handler.ts';
import { WrappedExchange } from '../rich/wrapped-exchange.ts';
import type { ContentOnDemand } from './content-on-demand.ts';

/** Told what an application has under way. */
export interface Watch {
	watch<T>(result: T): T;
}

/** The application's exchange: it says when content is wanted, and what is under way. */
export class PullingExchange extends WrappedExchange {
	readonly #content: ContentOnDemand;
	readonly #expectsContinue: boolean;
	readonly #run: Watch;

	constructor(inner: Exchange, content: ContentOnDemand, expectsContinue: boolean, run: Watch) {
		super(inner);
		this.#content = content;
		this.#expectsContinue = expectsContinue;
		this.#run = run;
	}

	override attach(handler: Handler): void {
		requireHandler(handler);
		super.attach(watched(handler, this.#run));
		// A read asks the client for its content: not for an application that would only drop it (RICH-21).
		if (handler.data === undefined && this.#expectsContinue) this.#content.shunned = true;
		else this.#content.want();
	}

	override pause(): void {
		super.pause();
		this.#content.pause(true);
	}

	override resume(): void {
		super.resume();
		this.#content.pause(false);
	}
}

/** The handler, with its promises watched. What it does not have, this one has not either. */
function watched(handler: Handler, run: Watch): Handler {
	const by: Handler = {};
	if (handler.data !== undefined) by.data = (chunk) => run.watch(handler.data?.(chunk));
	if (handler.end !== undefined) by.end = (trailers) => run.watch(handler.end?.(trailers));
	if (handler.drain !== undefined) by.drain = () => run.watch(handler.drain?.());
	if (handler.priority !== undefined) by.priority = (priority) => run.watch(handler.priority?.(priority));
	if (handler.stopping !== undefined) by.stopping = () => run.watch(handler.stopping?.());
	if (handler.closed !== undefined) by.closed = (outcome) => run.watch(handler.closed?.(outcome));
	return by;
}
