/** A streamed upload: the server answers while it is still under way. */
import { type Exchange, type Handler, utf8 } from 'rsgi';
import { curl, type Feature } from '../feature.ts';
import { SideChannel } from '../side-channel.ts';

/** At most one report in so many milliseconds. */
const PACE = 50;

const progress = new SideChannel();

/** Counts what comes, and says so in the response and on the side channel at the same time. */
function receive(exchange: Exchange, query: URLSearchParams): Handler {
	const id = query.get('id');
	let bytes = 0;
	let reported = 0;
	// Not before the handler is attached: a client that waits for 100 (Continue) gets it first.
	const begin = (): void => {
		if (!exchange.responded)
			exchange.respond(200, ['content-type', 'text/plain; charset=utf-8', 'cache-control', 'no-store']);
	};
	return {
		data(chunk) {
			begin();
			bytes += chunk.length;
			const now = performance.now();
			if (now - reported < PACE) return;
			reported = now;
			progress.tell(id, 'progress', { bytes });
			// A client that does not read our reports is not read either.
			if (!exchange.write(utf8(`${bytes} bytes so far\n`))) exchange.pause();
		},
		drain: () => exchange.resume(),
		end() {
			begin();
			progress.tell(id, 'done', { bytes });
			exchange.end(utf8(`${bytes} bytes in all\n`));
		},
		closed(outcome) {
			if (outcome.reason !== 'complete') progress.tell(id, 'failed', outcome);
		},
	};
}

export const upload: Feature = {
	id: 'upload',
	routes: {
		'POST /upload': receive,
		'PUT /upload': receive,
		'GET /upload/progress': (exchange, query) => progress.listen(exchange, query.get('id')),
	},
	commands: (place) => [
		{
			run: `(for i in 1 2 3 4 5; do echo "line $i"; sleep 0.3; done) | ${curl(place, 'sNT')} - ${place.origin}/upload`,
			shows: 'A line of the response for each line of the request, while the request goes on: full duplex.',
		},
	],
};
