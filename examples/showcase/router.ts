/** From the request head to a route. */
import { type Exchange, type RichApp, rich, utf8 } from 'rsgi';
import type { Route, Routes } from './feature.ts';

/** An application of routes; HEAD is answered by the route for GET, whose content the server drops. */
export function router(routes: Routes, protocols: readonly string[]): RichApp {
	const table = new Map(Object.entries(routes));
	return rich((exchange) => (routeOf(table, exchange) ?? notFound)(exchange, queryOf(exchange.target)), { protocols });
}

/** A short answer in plain text. */
export function answer(exchange: Exchange, status: number, text: string, ...fields: string[]): void {
	exchange.respond(status, ['content-type', 'text/plain; charset=utf-8', 'cache-control', 'no-store', ...fields]);
	exchange.end(utf8(text));
}

function routeOf(table: ReadonlyMap<string, Route>, exchange: Exchange): Route | undefined {
	const { method } = exchange;
	if (method === 'CONNECT' && exchange.protocol === null) return table.get('CONNECT');
	const path = pathOf(exchange.target);
	const route = table.get(`${method === 'HEAD' || method === 'CONNECT' ? 'GET' : method} ${path}`);
	if (route !== undefined) return route;
	const allowed = ['GET', 'POST', 'PUT'].filter((other) => table.has(`${other} ${path}`));
	if (allowed.length === 0) return undefined;
	return (refused) => answer(refused, 405, `${path} takes ${allowed.join(', ')}\n`, 'allow', allowed.join(', '));
}

/** The path of a target in origin-form or absolute-form (RFC 9112 §3.2), verbatim. */
function pathOf(target: string): string {
	const from = target.startsWith('/') ? 0 : target.indexOf('/', target.indexOf('://') + 3);
	const end = target.indexOf('?');
	return from < 0 ? target : target.slice(from, end < 0 ? undefined : end);
}

function queryOf(target: string): URLSearchParams {
	const at = target.indexOf('?');
	return new URLSearchParams(at < 0 ? '' : target.slice(at));
}

const notFound: Route = (exchange) => answer(exchange, 404, 'There is nothing here. The showcase is at /\n');
