/** Priorities (RFC 9218): of two downloads at once the urgent one is done first, whichever was asked for first. */
import { curl2, type Feature, nghttp, type Route } from '../feature.ts';

const LENGTH = 12 * 1024 * 1024;
const CONTENT = new Uint8Array(LENGTH).fill(0x2e);

const download: Route = (exchange, query) => {
	// The client says how urgent it is in the Priority field; the application may know better.
	const own = query.get('urgency');
	if (own !== null && /^[0-7]$/.test(own)) exchange.priority = { urgency: Number(own), incremental: false };
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
		const get = (urgency: number): string =>
			`-H 'priority: u=${urgency}' -o /dev/null -w 'urgency ${urgency}: %{time_total} s\\n' ${place.origin}/priorities`;
		return [
			{
				run: `${curl2(place, 'sZ')} ${get(6)} --next ${curl2(place, 's').replace('curl ', '')} ${get(1)}`,
				shows: 'Both on one connection; urgency 1 is done first, although it was asked for second.',
			},
			{
				run: `${nghttp(place, 'ns')} '${place.origin}/priorities?urgency=6' '${place.origin}/priorities?urgency=1'`,
				shows: 'The same where the application sets the priority: the table is in order of completion.',
			},
		];
	},
};
