/** What a worker is told of an exchange that an application of it takes over. */
import type { Exchange } from '../../rich/exchange.ts';

export function runHead(exchange: Exchange): string {
	const { method, scheme, authority, target, protocol, httpVersion, trailers, unread, connection } = exchange;
	const { peer } = connection;
	return JSON.stringify({
		...{ method, scheme, authority, target, protocol, httpVersion, trailers, unread },
		fields: exchange.fields.lines,
		inherited: exchange.inherited?.lines ?? [],
		peer: peer === null || peer.family === 'unix' ? null : [peer.address, peer.port],
		can: { inform: exchange.inform !== null, push: exchange.push !== null, accept: exchange.accept !== null },
	});
}
