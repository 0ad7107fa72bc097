/** Associated content: what a page will need, told to the client before it finds out by itself. */

import { type RichApp, type RichMiddleware, requireRich, rich } from '../rich/app.ts';
import { described } from '../rich/described.ts';
import type { Exchange } from '../rich/exchange.ts';
import { WrappedExchange } from '../rich/wrapped-exchange.ts';
import { Misuse } from '../wire/fault.ts';
import { Fields, type FieldsInit } from '../wire/fields.ts';
import { isFieldValue, isToken } from '../wire/grammar.ts';

/** Something that belongs to a response. */
export interface AssociatedLink {
	/** Path and query on the same authority, as `/style.css`; or, for what is never pushed, an absolute URL. Percent-encoded. */
	readonly target: string;
	/** What the client will use it for, as `style`, `script`, `font` or `fetch` (the attribute `as` of a link). */
	readonly as?: string | undefined;
	/** `preload` by default; also `modulepreload`, `preconnect` and `dns-prefetch`, which are not pushed. */
	readonly rel?: 'preload' | 'modulepreload' | 'preconnect' | 'dns-prefetch' | undefined;
	/** For what is fetched by CORS, as fonts are: `anonymous`, or with `use-credentials`. */
	readonly crossorigin?: 'anonymous' | 'use-credentials' | undefined;
	/** Its media type, so that a client which cannot use it leaves it out. */
	readonly type?: string | undefined;
}

/** How associated content is told. */
export interface AssociatedOptions {
	/** Answers the requests that are promised. Without it nothing is pushed. */
	readonly pushed?: RichApp | undefined;
}

/**
 * Middleware that tells the client what belongs to a response: by pushing it where the client takes pushes and there is an application to
 * answer them; else by 103 (Early Hints, RFC 8297) with Link, over HTTP/2 and to navigating browsers; and by Link fields in the
 * response, which is what all others see. Links of other authorities, and those that only connect, are never pushed.
 *
 * @throws Misuse for links that cannot be told (APP-3), and for what is no rich application (RICH-3)
 * @example
 * app.get('/', (c) => escape(c.req.raw, associated([{ target: '/style.css', as: 'style' }], { pushed: assets })(page)));
 */
export function associated(links: readonly AssociatedLink[], options: AssociatedOptions = {}): RichMiddleware {
	if (!Array.isArray(links))
		throw new Misuse('APP-3', `associated() takes an array of links, not ${described(links)}.`);
	const lines = links.flatMap((link) => ['link', linkValue(link)]);
	const { pushed } = options;
	if (pushed !== undefined) requireRich(pushed, 'associated()');
	const pushable = pushed === undefined ? [] : links.filter(isPushable).map(({ target }) => target);
	const told =
		pushed === undefined ? [] : links.filter((link) => !isPushable(link)).flatMap((link) => ['link', linkValue(link)]);
	return (app) => {
		const inner = requireRich(app, 'associated()');
		return rich((exchange) => {
			if (pushable.length === 0 || exchange.push === null) return tell(inner, exchange, lines);
			for (const target of pushable) exchange.push({ target }, pushed as RichApp);
			return tell(inner, exchange, told);
		}, inner);
	};
}

/** By Early Hints where they do no harm, and with the response. */
function tell(app: RichApp, exchange: Exchange, lines: readonly string[]): ReturnType<RichApp> {
	if (lines.length === 0) return app(exchange);
	// Some clients of HTTP/1.1 take a 103 for the response (RFC 8297 §3); who navigates is a browser, and does not.
	const hinted = exchange.httpVersion === '2' || exchange.fields.first('sec-fetch-mode') === 'navigate';
	if (hinted && !exchange.responded) exchange.inform?.(103, lines);
	return WrappedExchange.run(app, new LinkedExchange(exchange, lines));
}

/** Adds Link fields to the response. */
class LinkedExchange extends WrappedExchange {
	readonly #lines: readonly string[];

	constructor(inner: Exchange, lines: readonly string[]) {
		super(inner);
		this.#lines = lines;
	}

	override respond(status: number, fields?: FieldsInit, reason?: string): void {
		const all = Fields.from(fields ?? []).clone();
		for (let at = 0; at < this.#lines.length; at += 2) all.append('link', this.#lines[at + 1] as string);
		super.respond(status, all, reason);
	}
}

function isPushable({ target, rel = 'preload' }: AssociatedLink): boolean {
	return (rel === 'preload' || rel === 'modulepreload') && /^\/(?!\/)/.test(target);
}

/** The value of a Link field (RFC 8288 §3). */
function linkValue(link: unknown): string {
	const { target, as, rel = 'preload', crossorigin, type } = (link ?? {}) as AssociatedLink;
	if (typeof target !== 'string' || !/^(?:\/|https?:\/\/)[\x21\x23-\x3b\x3d\x3f-\x7e]*$/.test(target)) {
		throw new Misuse(
			'APP-3',
			`The target of a link is a path as '/style.css', or an http URL, percent-encoded and without < and >, not ${typeof target === 'string' ? JSON.stringify(target) : described(target)}.`,
		);
	}
	let value = `<${target}>; rel=${token('rel', rel)}`;
	if (as !== undefined) value += `; as=${token('as', as)}`;
	if (type !== undefined) {
		if (typeof type !== 'string' || !isFieldValue(type) || /["\\]/.test(type))
			throw new Misuse('APP-3', 'The type of a link is a media type, as text/css.');
		value += `; type="${type}"`;
	}
	if (crossorigin !== undefined)
		value += crossorigin === 'anonymous' ? '; crossorigin' : `; crossorigin=${token('crossorigin', crossorigin)}`;
	return value;
}

function token(name: string, value: string): string {
	if (typeof value === 'string' && isToken(value)) return value;
	throw new Misuse(
		'APP-3',
		`The ${name} of a link is a word, as 'style', not ${typeof value === 'string' ? JSON.stringify(value) : described(value)}.`,
	);
}
