/** Spans of OpenTelemetry for exchanges, by `@opentelemetry/api`. */
import {
	type Attributes,
	context,
	propagation,
	type Span,
	SpanKind,
	SpanStatusCode,
	type TextMapGetter,
	type Tracer,
	trace,
} from '@opentelemetry/api';
import { AnsweredExchange } from '../middleware/answered-exchange.ts';
import { type RichApp, type RichMiddleware, requireRich, rich } from '../rich/app.ts';
import type { Exchange } from '../rich/exchange.ts';
import type { Outcome } from '../rich/outcome.ts';
import type { Fields } from '../wire/fields.ts';

/** What makes spans. */
export interface TracingOptions {
	/** The one named `rsgi` of the global provider by default. */
	readonly tracer?: Tracer;
	/**
	 * The route that a request belongs to, as `/users/:id`, or null: for the span's name and `http.route`. Without it the name is the
	 * method alone: a path holds what clients make up (MW-34).
	 */
	readonly route?: (exchange: Exchange) => string | null;
}

const METHODS: ReadonlySet<string> = new Set([
	'GET',
	'HEAD',
	'POST',
	'PUT',
	'PATCH',
	'DELETE',
	'OPTIONS',
	'CONNECT',
	'TRACE',
	'QUERY',
]);

const GETTER: TextMapGetter<Fields> = {
	keys: (fields) => [...fields].map(([name]) => name.toLowerCase()),
	get: (fields, key) => fields.combined(key) ?? undefined,
};

/**
 * A span of kind server for each exchange, from its head to its end, by the semantic conventions for HTTP. What came with the request
 * (`traceparent`) is its parent, and the application runs in its context.
 *
 * @throws Misuse for what is no rich application (MW-1)
 * @example
 * import { tracing } from 'rsgi/tracing';
 * export default tracing()(app);
 */
export function tracing({ tracer = trace.getTracer('rsgi'), route }: TracingOptions = {}): RichMiddleware {
	return (app: RichApp): RichApp => {
		requireRich(app, 'tracing()');
		return rich((exchange) => {
			const parent = propagation.extract(context.active(), exchange.fields, GETTER);
			const method = METHODS.has(exchange.method) ? exchange.method : '_OTHER';
			const where = route?.(exchange) ?? null;
			const name = [method === '_OTHER' ? 'HTTP' : method, ...(where === null ? [] : [where])].join(' ');
			const attributes = attributesOf(exchange, method, where);
			const span = tracer.startSpan(name, { kind: SpanKind.SERVER, attributes }, parent);
			return context.with(trace.setSpan(parent, span), () =>
				TracedExchange.observe(app, new TracedExchange(exchange, span)),
			);
		}, app);
	};
}

function attributesOf(exchange: Exchange, method: string, route: string | null): Attributes {
	const { peer } = exchange.connection;
	const [path = '', ...query] = exchange.target.split('?');
	const [, address, port] = /^(.*?)(?::(\d+))?$/.exec(exchange.authority) ?? [];
	const agent = exchange.fields.first('user-agent');
	return {
		'http.request.method': method,
		'url.scheme': exchange.scheme,
		'url.path': path,
		'network.protocol.version': exchange.httpVersion,
		...(method === '_OTHER' ? { 'http.request.method_original': exchange.method } : {}),
		...(query.length > 0 ? { 'url.query': query.join('?') } : {}),
		...(route === null ? {} : { 'http.route': route }),
		...(address ? { 'server.address': address } : {}),
		...(port === undefined ? {} : { 'server.port': Number(port) }),
		...(peer === null || peer.family === 'unix'
			? {}
			: { 'client.address': peer.address, 'network.peer.address': peer.address, 'network.peer.port': peer.port }),
		...(agent === null ? {} : { 'user_agent.original': agent }),
	};
}

class TracedExchange extends AnsweredExchange {
	readonly #span: Span;

	constructor(exchange: Exchange, span: Span) {
		super(exchange);
		this.#span = span;
	}

	protected override ended(outcome: Outcome): void {
		const span = this.#span;
		const status = this.answeredStatus(outcome);
		if (status > 0) span.setAttribute('http.response.status_code', status);
		if (outcome.reason !== 'complete') span.setAttribute('error.type', outcome.reason);
		else if (status >= 500) span.setAttribute('error.type', String(status));
		// What a client breaks off or asks wrongly is no error of a server.
		if (status >= 500 || outcome.reason === 'aborted' || outcome.reason === 'timeout') {
			span.setStatus({ code: SpanStatusCode.ERROR });
		}
		span.end();
	}
}
