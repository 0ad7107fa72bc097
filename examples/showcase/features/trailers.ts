/** Trailer fields: what is known only when the content has been sent. */
import { createHash } from 'node:crypto';
import { utf8 } from 'rsgi';
import { curl, type Feature, nghttp, type Route } from '../feature.ts';

const LINES = 5;

const send: Route = (exchange) => {
	const hash = createHash('sha256');
	exchange.respond(200, [
		'content-type',
		'text/plain; charset=utf-8',
		'cache-control',
		'no-store',
		'trailer',
		'content-digest',
	]);
	for (let line = 1; line <= LINES; line++) {
		const chunk = utf8(`line ${line}, made at ${process.hrtime.bigint()} ns\n`);
		hash.update(chunk);
		exchange.write(chunk);
	}
	// HTTP/1.0 has no trailers: the exchange says so, and the content is complete without them.
	exchange.end(null, exchange.trailers ? ['content-digest', `sha-256=:${hash.digest('base64')}:`] : []);
};

export const trailers: Feature = {
	id: 'trailers',
	routes: { 'GET /trailers': send },
	commands: (place) => [
		{
			run: `${curl(place, 'si')} ${place.origin}/trailers`,
			shows: 'content-digest comes behind the content (RFC 9530).',
		},
		{
			run: `${nghttp(place, 'v')} ${place.origin}/trailers`,
			shows: 'A HEADERS frame with END_STREAM behind the DATA frames.',
		},
	],
};
