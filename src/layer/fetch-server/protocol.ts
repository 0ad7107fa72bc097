/** The two symbols by which a handler object and its server know each other (Fetch Server API, protocol marker). */

/** A handler object has the version of the API that it speaks under this symbol. */
export const PROTOCOL: unique symbol = Symbol.for('wintertc.server.protocol') as never;

/** `ctx.deny(FALL_THROUGH)` declines an Upgrade and leaves the request to `fetch`. */
export const FALL_THROUGH: unique symbol = Symbol.for('wintertc.server.fallthrough') as never;

/** The version that there is. */
export const PROTOCOL_VERSION = 1;

/** Whether a value carries the marker, of whatever version. */
export function isMarked(value: unknown): value is { readonly [PROTOCOL]: unknown } {
	return typeof value === 'object' && value !== null && PROTOCOL in value;
}
