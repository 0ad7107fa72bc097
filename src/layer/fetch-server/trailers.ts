/** Trailer fields of a Response, until the Fetch standard has a place for them. */
import type { HeadersInit } from './context.ts';

/** The type of a response that has trailer fields: what the draft expects of the Response of the platform. */
export type TrailedResponse = Response & { readonly trailers: Promise<Headers> };

/**
 * Gives a response its trailer fields. A Response of today's platforms takes none, and drops the option of its constructor; whatever has
 * a member `trailers` is sent with them, so that of tomorrow too.
 *
 * @param trailers the fields, or a promise of them that is waited for when the body has been sent
 * @returns the same response
 * @example
 * const sum = Promise.withResolvers<HeadersInit>();
 * return withTrailers(new Response(digesting(body, (hex) => sum.resolve({ 'x-sha256': hex }))), sum.promise);
 */
export function withTrailers(response: Response, trailers: HeadersInit | PromiseLike<HeadersInit>): TrailedResponse {
	const given = Promise.resolve(trailers).then((init) => new Headers(init));
	// Whoever sends the response hears of it; nobody else need.
	given.catch(() => {});
	Object.defineProperty(response, 'trailers', { value: given, configurable: true });
	return response as TrailedResponse;
}

/** The trailer fields of a response, or null where it has none. */
export function trailersOf(response: Response): Promise<Headers> | null {
	const { trailers } = response as Partial<TrailedResponse>;
	return trailers === undefined || trailers === null ? null : Promise.resolve(trailers);
}
