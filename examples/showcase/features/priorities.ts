/** Priorities (RFC 9218): of two downloads at once the urgent one is done first, whichever was asked for first. */
import type { ConnectionFacts } from 'rsgi';
import { type Command, type Feature, nghttp, type Route } from '../feature.ts';

/** Less than the windows of browsers, so that the server alone decides what goes first. */
const LENGTH = 5 * 1024 * 1024;
const CONTENT = new Uint8Array(LENGTH).fill(0x2e);

/** How long a request waits for a second one, in milliseconds, before it is answered alone. */
const ALONE = 2000;

/** The request that waits on a connection: what lets it go on. */
const waiting = new WeakMap<ConnectionFacts, () => void>();

/** Resolves for two requests on one connection at the same moment, so that there is an order to choose. */
function together(connection: ConnectionFacts): Promise<void> {
	const first = waiting.get(connection);
	if (first !== undefined) {
		first();
		return Promise.resolve();
	}
	return new Promise((resolve) => {
		const goOn = (): void => {
			clearTimeout(timer);
			waiting.delete(connection);
			resolve();
		};
		const timer = setTimeout(goOn, ALONE);
		waiting.set(connection, goOn);
	});
}

const download: Route = async (exchange, query) => {
	// The client says how urgent it is in the Priority field; the application may know better.
	const own = query.get('urgency');
	if (own !== null && /^[0-7]$/.test(own)) exchange.priority = { urgency: Number(own), incremental: false };
	// HTTP/1.1 has one at a time.
	if (exchange.httpVersion === '2') await together(exchange.connection);
	exchange.respond(200, [
		...['content-type', 'application/octet-stream', 'content-length', String(LENGTH), 'cache-control', 'no-store'],
		...['x-urgency', String(exchange.priority.urgency)],
	]);
	// In one piece, which an empty buffer takes whatever its size: so the server has both downloads to choose from all the time.
	exchange.end(CONTENT);
};

export const priorities: Feature = {
	id: 'priorities',
	routes: { 'GET /priorities': download },
	commands: (place) => {
		const url = `${place.origin}/priorities`;
		const byServer: Command = {
			run: `${nghttp(place, 'ns')} '${url}?urgency=6' '${url}?urgency=1'`,
			shows: 'The application sets the priorities; the table is in order of completion, and urgency 1 is first.',
		};
		// With prior knowledge curl does not put two transfers on one connection.
		if (!place.secure) return [byServer];
		const get = (urgency: number): string =>
			`-sk -H 'priority: u=${urgency}' -o /dev/null -w 'urgency ${urgency}: %{time_total} s\\n' ${url}`;
		const byClient: Command = {
			run: `curl -Z --no-progress-meter ${get(6)} --next ${get(1)}`,
			shows: 'The client says what is urgent; of both on one connection urgency 1 is done first.',
		};
		return [byClient, byServer];
	},
};
