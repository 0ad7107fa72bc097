/** What a request of `rsgi validate` is, whichever version of HTTP it is made in. */

/** How much of a response the client takes. */
export type Reading =
	/** All of it. */
	| 'whole'
	/** Nothing for a while, then all of it. */
	| 'stalled'
	/** What comes first; then the client goes away. */
	| 'partial'
	/** Nothing: the client goes away when it has sent its request. */
	| 'none';

/** One request, and how its client behaves. */
export interface Probe {
	/** Said in the report. */
	readonly name: string;
	readonly method: string;
	/** In place of the path that is being tried. */
	readonly target?: string;
	readonly fields?: readonly (readonly [name: string, value: string])[];
	/** The content, as it is sent; none by default. */
	readonly content?: readonly Uint8Array[];
	/** The content's length is announced; otherwise it comes chunked, or as it does in HTTP/2. */
	readonly announced?: boolean;
	/** The client goes away in the middle of the content. */
	readonly broken?: boolean;
	/** `whole` by default. */
	readonly reading?: Reading;
	/** Made in one version only. */
	readonly only?: '1.0' | '1.1' | '2';
}

/** What became of a request. */
export interface Heard {
	/** A response has begun, or the client did not wait for one. */
	readonly answered: boolean;
}

/** How long a client that stalls reads nothing, in milliseconds. */
export const STALL = 100;
