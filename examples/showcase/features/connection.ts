/** What an application knows of the connection, and of the request head as it came. */
import { utf8 } from 'rsgi';
import { curl, curl2, type Feature, type Route } from '../feature.ts';

const facts: Route = (exchange) => {
	const { method, scheme, authority, target, httpVersion, priority } = exchange;
	const { id, peer, local, tls } = exchange.connection;
	const known = {
		...{ httpVersion, method, scheme, authority, target, priority },
		can: {
			inform: exchange.inform !== null,
			push: exchange.push !== null,
			accept: exchange.accept !== null,
			trailers: exchange.trailers,
		},
		connection: {
			...{ id, peer, local },
			tls:
				tls === null ? null : { version: tls.version, cipher: tls.cipher, alpn: tls.alpn, serverName: tls.serverName },
		},
		fields: [...exchange.fields].map(([name, value]) => `${name}: ${value}`),
	};
	exchange.respond(200, ['content-type', 'application/json', 'cache-control', 'no-store']);
	exchange.end(utf8(`${JSON.stringify(known, null, '\t')}\n`));
};

export const connection: Feature = {
	id: 'connection',
	routes: { 'GET /connection': facts },
	commands: (place) => [
		{
			run: `${curl2(place, 's')} -H 'X-Order: 1' -H 'x-other: 2' -H 'X-Order: 3' ${place.origin}/connection`,
			shows: 'HTTP/2, the addresses, TLS, and the field lines in their order with duplicates.',
		},
		{
			run: `${curl(place, 's')} --http1.1 -H 'X-Order: 1' -H 'x-other: 2' ${place.origin}/connection`,
			shows: 'The same over HTTP/1.1, where names keep their case.',
		},
	],
};
