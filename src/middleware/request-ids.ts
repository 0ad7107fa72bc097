/** Request ids: one name for a request in every log that it leaves a trace in. */
import { type RichApp, type RichMiddleware, requireRich, rich } from '../rich/app.ts';
import type { Exchange, Tunnel } from '../rich/exchange.ts';
import type { TunnelHandler } from '../rich/handler.ts';
import { WrappedExchange } from '../rich/wrapped-exchange.ts';
import { Misuse } from '../wire/fault.ts';
import { Fields, type FieldsInit } from '../wire/fields.ts';
import { isToken } from '../wire/grammar.ts';

/** Where ids come from. Everything has a default. */
export interface RequestIdOptions {
	/** The field that carries the id, both ways; `x-request-id` by default. */
	readonly field?: string;
	/**
	 * Whether an id that the client sent is kept, if it is well-formed: always by default. Say no where clients are not to be
	 * trusted with the names in your logs, or look at `exchange.connection.peer`.
	 */
	readonly accept?: (id: string, exchange: Exchange) => boolean;
	/** Makes an id; `crypto.randomUUID()` by default. */
	readonly make?: () => string;
}

/** What an id may be made of: nothing that means something to a log, a shell, a URL or a page. */
const WELL_FORMED = /^[A-Za-z0-9._~+=@:-]{1,128}$/;

/**
 * Gives every request an id: that of the client when it is one line of 1 to 128 characters out of letters, digits and
 * `._~+=@:-`, else a new one. The application reads it as a field of the request, `exchange.fields.first('x-request-id')`,
 * or `environ.HTTP_X_REQUEST_ID` in lower layers; the response carries it, whatever the application sets there.
 *
 * @throws Misuse for options that make no sense, and for what is no rich application (MW-1)
 * @example
 * import { requestIds } from 'rsgi/middleware/request-ids';
 * export default requestIds()(app);
 */
export function requestIds(options: RequestIdOptions = {}): RichMiddleware {
	const { field = 'x-request-id', accept = () => true, make = () => crypto.randomUUID() } = options;
	if (!isToken(field)) throw new Misuse('MW-1', `field is the name of a field, not ${JSON.stringify(field)}.`);
	return (app: RichApp): RichApp => {
		requireRich(app, 'requestIds()');
		return rich((exchange) => {
			const sent = exchange.fields.all(field);
			const [first = ''] = sent;
			const kept = sent.length === 1 && WELL_FORMED.test(first) && accept(first, exchange);
			const id = kept ? first : made(make);
			const fields = kept ? exchange.fields : exchange.fields.clone().set(field, id);
			return WrappedExchange.run(app, new NamedExchange(exchange, field, id, fields));
		}, app);
	};
}

function made(make: () => string): string {
	const id = make();
	if (WELL_FORMED.test(id)) return id;
	throw new Misuse('MW-3', `make() gives an id of 1 to 128 letters, digits and ._~+=@:-, not ${JSON.stringify(id)}.`);
}

class NamedExchange extends WrappedExchange {
	readonly #fields: Fields;
	readonly #field: string;
	readonly #id: string;

	constructor(exchange: Exchange, field: string, id: string, fields: Fields) {
		super(exchange);
		this.#field = field;
		this.#id = id;
		this.#fields = fields;
	}

	override get fields(): Fields {
		return this.#fields;
	}

	override respond(status: number, init: FieldsInit = [], reason?: string): void {
		super.respond(status, this.#named(init), reason);
	}

	override get accept(): ((fields: FieldsInit, handler: TunnelHandler) => Tunnel) | null {
		const accept = super.accept;
		return accept === null ? null : (fields, handler) => accept.call(this, this.#named(fields), handler);
	}

	#named(init: FieldsInit): Fields {
		return Fields.from(init).clone().set(this.#field, this.#id);
	}
}
