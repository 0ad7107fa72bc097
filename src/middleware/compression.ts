/** Content codings: responses compressed for those who ask for it, as they are written. */
import { type RichApp, type RichMiddleware, requireRich, rich } from '../rich/app.ts';
import type { Exchange } from '../rich/exchange.ts';
import { Misuse } from '../wire/fault.ts';
import type { Fields } from '../wire/fields.ts';
import { chosenCoding } from '../wire/negotiation.ts';
import { CODINGS, type Coding } from './compression/coder.ts';
import { CompressedExchange } from './compression/exchange.ts';

export type { Coding } from './compression/coder.ts';

/** What is compressed, and how. Everything has a default. */
export interface CompressionOptions {
	/** The codings there are, what is preferred among equals first: `zstd`, `br`, `gzip`, `deflate` by default. */
	readonly codings?: readonly Coding[];
	/** Content shorter than this many bytes is left alone, where that can be known; 1024 by default. */
	readonly threshold?: number;
	/**
	 * Whether content of that response may be compressed; by default by its Content-Type. What must never be (see
	 * {@link compression}) is not asked about. Say no where a secret stands beside what a client has a say in: lengths tell
	 * (BREACH).
	 */
	readonly compressible?: (fields: Fields, exchange: Exchange) => boolean;
}

/** Types that shrink: text, and what is text by another name. Images, sound, video and archives are compressed already. */
const SHRINKS =
	/^(?:text\/|application\/(?:json|javascript|xml|wasm|manifest\+json|x-ndjson|x-www-form-urlencoded|graphql|rtf|sql|x-sh|toml|yaml)\b|font\/(?:otf|ttf|collection)\b|image\/(?:svg\+xml|bmp|x-icon|vnd\.microsoft\.icon)\b|[^;]+\+(?:json|xml|text)\b)/i;

/**
 * Compresses responses by the coding that the request's Accept-Encoding prefers.
 *
 * - Left alone is what must be: 204, 205, 206, 304, Content-Range, Content-Encoding, `no-transform` in either
 *   Cache-Control, digests of the content, tunnels; and what is not worth it: short content, types that do not shrink.
 * - Where the coding depends on the request, the response says `Vary: Accept-Encoding`. Content-Length and Accept-Ranges
 *   go, and the ETag is made weak, when it is compressed. To HEAD it answers as to GET.
 * - What was written goes out as soon as nothing more is there to go with it, so events and other slow content are not
 *   held back. Trailer fields pass. `write`, `drain` and the marks of RICH-22 and RICH-23 hold for what waits to be coded.
 *
 * Loses: the boundaries of chunks, and an announced length. What the application pushes is not compressed: give `push` an
 * application that is wrapped.
 *
 * @throws Misuse for options that make no sense, and for what is no rich application (MW-1)
 * @example
 * import { compression } from 'rsgi/middleware/compression';
 * export default compression()(app);
 */
export function compression(options: CompressionOptions = {}): RichMiddleware {
	const { codings = Object.keys(CODINGS) as Coding[], threshold = 1024, compressible = shrinks } = options;
	for (const coding of codings) {
		if (Object.hasOwn(CODINGS, coding)) continue;
		throw new Misuse('MW-1', `There is no coding ${String(coding)}: take ${Object.keys(CODINGS).join(', ')}.`);
	}
	if (!(threshold >= 0)) throw new Misuse('MW-1', `threshold is a number of bytes, not ${threshold}.`);
	return (app: RichApp): RichApp => {
		requireRich(app, 'compression()');
		return rich((exchange) => {
			if (exchange.method === 'CONNECT' || isUntouchable(exchange.fields)) return app(exchange);
			const coding = chosenCoding(exchange.fields.combined('accept-encoding'), codings) as Coding | null;
			return CompressedExchange.observe(app, new CompressedExchange(exchange, { coding, threshold, compressible }));
		}, app);
	};
}

function shrinks(fields: Fields): boolean {
	return SHRINKS.test(fields.first('content-type') ?? '');
}

/** `no-transform` holds for requests too (RFC 9110 §7.7, RFC 9111 §5.2.1.6). */
function isUntouchable(fields: Fields): boolean {
	return fields.combined('cache-control')?.toLowerCase().includes('no-transform') === true;
}
