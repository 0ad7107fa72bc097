/** How a rich application is registered from a lower layer, to be run when its placeholder arrives. */
import type { Outcome } from '../rich/outcome.ts';

/** Why a registration came to nothing. */
export type Discarded =
	/** The response that arrived was another one: of middleware, or the placeholder of another registration. */
	| { readonly reason: 'replaced' }
	/** Its placeholder arrived, but of the request content that it needs something had been read. */
	| { readonly reason: 'refused' }
	/** The exchange ended first. */
	| { readonly reason: 'ended'; readonly outcome: Outcome };

/** The last argument of each way to escape. */
export interface EscapeOptions {
	/**
	 * `whole` when the application needs all of the request content: then it is an error if any has been read in the layers
	 * above it. `any` by default: `exchange.unread` tells.
	 */
	readonly content?: 'any' | 'whole' | undefined;
	/**
	 * Called once when the application will not be run: for what was set up for it. What it throws goes to the log, and so
	 * does what a promise of it is rejected with.
	 */
	readonly discarded?: ((why: Discarded) => unknown) | undefined;
}
