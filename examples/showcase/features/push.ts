/** Push: the server makes requests on the client's behalf, and answers them, where the client takes it. */
import { type RichApp, rich, utf8 } from 'rsgi';
import { type Feature, nghttp, type Route } from '../feature.ts';

const NAMES = ['first', 'second'];

const pushed: RichApp = rich((exchange) => {
	exchange.respond(200, ['content-type', 'text/plain; charset=utf-8', 'cache-control', 'max-age=60']);
	exchange.end(utf8(`pushed: nobody had asked for ${exchange.target}\n`));
});

const send: Route = (exchange) => {
	const takes = exchange.push !== null;
	// The promises go out before the content that mentions them, so that the client does not ask for the same.
	for (const name of NAMES) exchange.push?.({ target: `/push/${name}` }, pushed);
	exchange.respond(200, ['content-type', 'text/plain; charset=utf-8', 'cache-control', 'no-store']);
	exchange.end(
		utf8(takes ? `Pushed: ${NAMES.join(', ')}.\n` : 'This client takes no pushes: exchange.push is null.\n'),
	);
};

export const push: Feature = {
	id: 'push',
	routes: {
		'GET /push': send,
		...Object.fromEntries(
			NAMES.map((name) => [`GET /push/${name}`, (exchange) => pushed(exchange)] satisfies [string, Route]),
		),
	},
	commands: (place) => [
		{
			run: `${nghttp(place, 's')} ${place.origin}/push`,
			shows: 'One request was made and three were answered; those marked with * were pushed.',
		},
		{
			run: `${nghttp(place, 'v')} --no-push ${place.origin}/push`,
			shows: 'SETTINGS_ENABLE_PUSH is 0, so exchange.push is null and nothing is promised.',
		},
	],
};
