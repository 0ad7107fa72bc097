/** Server-sent events, with what makes them dependable: ids, and going on where the client left off. */
import { eventStream } from 'rsgi/events';
import { curl, type Feature, type Route } from '../feature.ts';

/** Between two events, in milliseconds. */
const TICK = 400;
/** How soon a browser that has lost the stream comes back, in milliseconds. */
const RETRY = 500;
const MOST = 100;

const count: Route = (exchange, query) => {
	const stream = eventStream(exchange, { retry: RETRY });
	let id = Math.trunc(Number(stream.lastEventId)) || 0;
	let left = Math.min(MOST, Math.max(1, Math.trunc(Number(query.get('count'))) || 5));
	const timer = setInterval(() => {
		id++;
		stream.send({ event: 'tick', id: String(id), data: `event ${id}, at ${new Date().toISOString()}` });
		if (--left === 0) stream.close();
	}, TICK);
	void stream.closed.then(() => clearInterval(timer));
};

export const events: Feature = {
	id: 'events',
	routes: { 'GET /events': count },
	commands: (place) => [
		{ run: `${curl(place, 'sN')} '${place.origin}/events?count=3'`, shows: 'Three events, one by one.' },
		{
			run: `${curl(place, 'sN')} -H 'Last-Event-ID: 41' '${place.origin}/events?count=2'`,
			shows: 'A client that comes back names the last event it has seen: the stream goes on with 42.',
		},
	],
};
