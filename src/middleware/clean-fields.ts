/** The field lines of a request, cleaned of what servers and applications read in different ways. */
import { type RichApp, type RichMiddleware, requireRich, rich } from '../rich/app.ts';
import type { Exchange } from '../rich/exchange.ts';
import { WrappedExchange } from '../rich/wrapped-exchange.ts';
import { Misuse } from '../wire/fault.ts';
import { Fields } from '../wire/fields.ts';
import { parseDecimal } from '../wire/grammar.ts';
import { listParts } from '../wire/list-parts.ts';
import { utf8 } from '../wire/utf8.ts';

/** What is done about what. Everything has a default. */
export interface CleanFieldsOptions {
	/**
	 * Names with `_`, which CGI cannot tell from those with `-`, so that `X_User` would pass for `X-User`: dropped by
	 * default.
	 */
	readonly underscores?: 'drop' | 'refuse' | 'keep';
	/** Singleton fields that stand there more than once: refused by default; else the first line stays. */
	readonly repeated?: 'refuse' | 'first';
	/** Further singleton fields of your own. */
	readonly singletons?: readonly string[];
}

/** Fields of requests that have one value (RFC 9110, and where they are defined), by their lower-case names. */
const SINGLETONS = [
	...['host', 'content-type', 'content-location', 'content-range', 'date'],
	...['authorization', 'proxy-authorization', 'from', 'max-forwards', 'referer', 'user-agent', 'origin', 'range'],
	...['if-modified-since', 'if-unmodified-since', 'if-range', 'last-event-id', 'upgrade-insecure-requests'],
	...['access-control-request-method', 'sec-websocket-key', 'sec-websocket-version', 'sec-fetch-site'],
	...['sec-fetch-mode', 'sec-fetch-dest', 'x-real-ip'],
];

/** Fields of requests that are lists, and whose empty members a sender must not make (RFC 9110 §5.6.1.1). */
const LISTS = new Set([
	...['accept', 'accept-charset', 'accept-encoding', 'accept-language', 'cache-control', 'connection', 'te', 'trailer'],
	...['content-encoding', 'content-language', 'expect', 'if-match', 'if-none-match', 'upgrade', 'via', 'forwarded'],
	...['x-forwarded-for', 'x-forwarded-proto', 'x-forwarded-host', 'prefer', 'access-control-request-headers'],
]);

/** A reasonable number of empty members (RFC 9110 §5.6.1.2) in one line. More are no accident. */
const EMPTY_MAX = 16;

/**
 * Cleans the field lines of requests before anybody reads them.
 *
 * - A Content-Length that is no number, or of which two say different things, is refused; one that is repeated becomes one
 *   (RFC 9110 §8.6).
 * - Fields that have one value and stand there twice are refused: `repeated`.
 * - Names with an underscore are dropped: `underscores`.
 * - Empty members of lists are dropped, and refused when there are more than 16 in a line (RFC 9110 §5.6.1.2). A list that
 *   is well-formed stays as it came.
 *
 * What is refused is answered 400. A request that is clean costs a walk over its lines and is passed on as it is.
 *
 * @throws Misuse for options that make no sense, and for what is no rich application (MW-1)
 * @example
 * import { cleanFields } from 'rsgi/middleware/clean-fields';
 * export default cleanFields()(app);
 */
export function cleanFields(options: CleanFieldsOptions = {}): RichMiddleware {
	const { underscores = 'drop', repeated = 'refuse' } = options;
	if (!['drop', 'refuse', 'keep'].includes(underscores)) {
		throw new Misuse('MW-1', `underscores is 'drop', 'refuse' or 'keep', not ${JSON.stringify(underscores)}.`);
	}
	if (!['refuse', 'first'].includes(repeated)) {
		throw new Misuse('MW-1', `repeated is 'refuse' or 'first', not ${JSON.stringify(repeated)}.`);
	}
	const singletons = new Set([...SINGLETONS, ...(options.singletons ?? []).map((name) => name.toLowerCase())]);
	const rules: Rules = { underscores, repeated, singletons };
	return (app: RichApp): RichApp => {
		requireRich(app, 'cleanFields()');
		return rich((exchange) => {
			const cleaned = clean(exchange.fields, rules);
			if (cleaned === exchange.fields) return app(exchange);
			if (cleaned instanceof Fields) return WrappedExchange.run(app, new CleanExchange(exchange, cleaned));
			const content = utf8(`${cleaned}\n`);
			exchange.respond(400, [
				...['content-type', 'text/plain; charset=utf-8'],
				...['content-length', String(content.length)],
			]);
			exchange.end(content);
		}, app);
	};
}

interface Rules {
	readonly underscores: 'drop' | 'refuse' | 'keep';
	readonly repeated: 'refuse' | 'first';
	readonly singletons: ReadonlySet<string>;
}

class CleanExchange extends WrappedExchange {
	readonly #fields: Fields;

	constructor(exchange: Exchange, fields: Fields) {
		super(exchange);
		this.#fields = fields;
	}

	override get fields(): Fields {
		return this.#fields;
	}
}

/** The same section when it is clean, a new one when it could be cleaned, or why it is refused. */
function clean(fields: Fields, rules: Rules): Fields | string {
	const lines: string[] = [];
	const seen = new Set<string>();
	let length: string | null = null;
	let changed = false;
	for (const [name, value] of fields) {
		const lower = name.toLowerCase();
		let kept: string | null = value;
		if (name.includes('_') && rules.underscores !== 'keep') {
			// Nothing of a request is repeated in an answer: not even a name.
			if (rules.underscores === 'refuse') return 'A field name holds an underscore.';
			kept = null;
		} else if (lower === 'content-length') {
			const one = oneLength(value);
			if (one === null || (length !== null && length !== one)) return 'Content-Length is not one number.';
			kept = length === null ? one : null;
			length = one;
		} else if (rules.singletons.has(lower)) {
			if (seen.has(lower)) {
				if (rules.repeated === 'refuse') return `${lower} can stand in a request only once.`;
				kept = null;
			}
			seen.add(lower);
		} else if (value.includes(',') || value === '') {
			if (LISTS.has(lower)) kept = cleanList(value);
			if (kept === TOO_EMPTY) return `The list in ${lower} has too many empty members.`;
		}
		if (kept !== value) changed = true;
		if (kept !== null) lines.push(name, kept);
	}
	if (!changed) return fields;
	const cleaned = new Fields(lines);
	cleaned.sensitive = fields.sensitive;
	return cleaned;
}

/** The one number in a Content-Length: `5`, or a list of nothing but the same, `5, 5` (RFC 9110 §8.6); else null. */
function oneLength(value: string): string | null {
	const [first = '', ...others] = listParts(value, ',');
	return parseDecimal(first) >= 0 && others.every((other) => other === first) ? first : null;
}

/** No value of a list, so that it can stand for one. */
const TOO_EMPTY = ',';

/** A list without its empty members; null when nothing is left; the value itself when none was empty. */
function cleanList(value: string): string | null {
	const members = listParts(value, ',');
	const full = members.filter((member) => member !== '');
	if (full.length === members.length) return value;
	if (members.length - full.length > EMPTY_MAX) return TOO_EMPTY;
	return full.length === 0 ? null : full.join(', ');
}
