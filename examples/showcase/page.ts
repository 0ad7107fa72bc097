/** The page: its files, and what it needs to know of the server. */
import { utf8 } from 'rsgi';
import { sendFile } from 'rsgi/files';
import type { Feature, Place, Route, Routes } from './feature.ts';
import { answer } from './router.ts';

const ROOT = new URL('./page/', import.meta.url);

/** Nothing from elsewhere, nothing inline. */
const POLICY = [
	"default-src 'none'",
	"script-src 'self'",
	"style-src 'self'",
	"img-src 'self'",
	"connect-src 'self'",
	"base-uri 'none'",
	"form-action 'none'",
	"frame-ancestors 'none'",
].join('; ');

/** Fields of every page. */
export const PAGE_FIELDS: readonly string[] = [
	...['content-security-policy', POLICY],
	...['x-content-type-options', 'nosniff'],
	...['referrer-policy', 'no-referrer'],
];

/** Where else the same application is served; filled in once it is known. */
export interface Elsewhere {
	/** The port with TLS, where browsers speak HTTP/2. */
	tlsPort?: number;
}

/** The page, its files, and `/showcase.json`: commands for each feature, and where HTTP/2 is to be had. */
export function pageRoutes(features: readonly Feature[], elsewhere: Elsewhere): Routes {
	const file =
		(name: string): Route =>
		(exchange) =>
			sendFile(exchange, new URL(name, ROOT), { fields: ['cache-control', 'no-cache', ...PAGE_FIELDS] });
	const known: Route = (exchange) => {
		const place = placeOf(exchange.scheme, exchange.authority);
		if (place === null) {
			answer(exchange, 400, 'This authority cannot stand in a command.\n');
			return;
		}
		const tls =
			elsewhere.tlsPort === undefined ? null : `https://${place.authority.replace(/:\d+$/, '')}:${elsewhere.tlsPort}/`;
		const commands = Object.fromEntries(features.map((feature) => [feature.id, feature.commands(place)]));
		exchange.respond(200, ['content-type', 'application/json', 'cache-control', 'no-store']);
		exchange.end(utf8(JSON.stringify({ origin: place.origin, secure: place.secure, tls, commands })));
	};
	return {
		'GET /': file('index.html'),
		...Object.fromEntries(['journey', 'chat', 'rpc'].map((name) => [`GET /${name}`, file(`${name}.html`)])),
		'GET /showcase.json': known,
		...Object.fromEntries(FILES.map((name) => [`GET /page/${name}`, file(name)])),
	};
}

const FILES = [
	...['style.css', 'sites.css', 'icon.svg', 'showcase.js', 'section.js', 'commands.js', 'early-hints.js'],
	...['chat.js', 'rpc.js', 'journey.js', 'journey-drawing.js', 'journey-stations.js'],
	...['upload', 'trailers', 'hints', 'push', 'events', 'priorities', 'connection', 'range', 'abort'].map(
		(name) => `features/${name}.js`,
	),
];

/** The server as the client calls it. The authority is the client's word: only what needs no quoting goes into a command. */
function placeOf(scheme: string, authority: string): Place | null {
	if (!/^(?:[a-z0-9][a-z0-9.-]*|\[[0-9a-f:.]+\])(?::\d{1,5})?$/i.test(authority)) return null;
	return { origin: `${scheme}://${authority}`, authority, secure: scheme === 'https' };
}
