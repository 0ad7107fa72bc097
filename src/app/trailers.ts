/** Content and trailer fields from one generator: a checksum, a count or a status that is known only when all has been sent. */

import { type RichApp, rich } from '../rich/app.ts';
import { described } from '../rich/described.ts';
import { type Duplex, duplex } from '../rich/duplex.ts';
import type { Exchange } from '../rich/exchange.ts';
import { Misuse } from '../wire/fault.ts';
import { Fields, type FieldsInit } from '../wire/fields.ts';
import { isToken } from '../wire/grammar.ts';

/** Yields the content, chunk by chunk, and returns the trailer fields. */
export type TrailedContent =
	| Generator<Uint8Array, FieldsInit | undefined | void, undefined>
	| AsyncGenerator<Uint8Array, FieldsInit | undefined | void, undefined>;

/** The head of a response with trailer fields. Everything has a default. */
export interface TrailersOptions {
	/** 200 by default. */
	readonly status?: number | undefined;
	readonly fields?: FieldsInit | undefined;
	/** The names of the trailer fields to come, for the field Trailer (RFC 9110 §6.6.2); it is left out otherwise. */
	readonly names?: readonly string[] | undefined;
}

/**
 * A rich application whose content and trailer fields one generator makes. The head goes with the first chunk, so what is
 * thrown before it is a 500. Each chunk is asked for when the client has taken the one before; a client that goes away ends
 * the generator as `return()` does.
 *
 * Trailer fields that the exchange cannot send (`exchange.trailers`, as on HTTP/1.0) are dropped: RFC 9110 §6.5 lets them be lost anywhere.
 *
 * @param make called once for each exchange; by its second argument it may read the request content
 * @throws Misuse for what is no function, and for names that are none (APP-1)
 * @example
 * const app = trailers(async function* (exchange, { content }) {
 *   const hash = createHash('sha256');
 *   for await (const chunk of content) {
 *     hash.update(chunk);
 *     yield chunk;
 *   }
 *   return ['x-checksum', hash.digest('hex')];
 * }, { names: ['x-checksum'] });
 */
export function trailers(
	make: (exchange: Exchange, duplex: Duplex) => TrailedContent,
	options: TrailersOptions = {},
): RichApp {
	if (typeof make !== 'function')
		throw new Misuse('APP-1', `trailers() takes a generator function, not ${described(make)}.`);
	const { status = 200, fields = [], names = [] } = options;
	for (const name of names) {
		if (!isToken(name)) throw new Misuse('APP-1', `${JSON.stringify(name)} is not a field name (RFC 9110 §5.1).`);
	}
	return rich(async (exchange) => {
		const both = duplex(exchange);
		const chunks = make(exchange, both);
		try {
			let step = await chunks.next();
			const head = Fields.from(fields).clone();
			if (names.length > 0 && exchange.trailers) head.append('trailer', names.join(', '));
			exchange.respond(status, head);
			for (; step.done !== true; step = await chunks.next()) await both.write(step.value);
			both.end(null, exchange.trailers ? (step.value ?? []) : []);
		} catch (error) {
			await chunks.return(undefined);
			throw error;
		}
	});
}
