/** Journeys: what an exchange has gone through, for the page that draws it. */
import { type RichMiddleware, utf8 } from 'rsgi';
import { type Journey, journeys } from 'rsgi/journey';
import { curl, type Feature } from '../feature.ts';
import { answer } from '../router.ts';

/** So many are remembered. */
const REMEMBERED = 100;
/** How long the page may wait for an exchange to end, in milliseconds. */
const PATIENCE = 5000;

const ended = new Map<string, Journey>();
const waiting = new Map<string, (journey: Journey) => void>();

function idOf(target: string): string | null {
	return /[?&]journey=([\w-]{1,64})(?:&|$)/.exec(target)?.[1] ?? null;
}

/** Records the journeys of the requests that ask for it by `?journey=` and a name of their own. */
export const watched: RichMiddleware = journeys({
	wanted: (exchange) => idOf(exchange.target) !== null,
	ended(journey) {
		const id = idOf(journey.target) as string;
		ended.set(id, journey);
		for (const oldest of ended.keys()) {
			if (ended.size <= REMEMBERED) break;
			ended.delete(oldest);
		}
		waiting.get(id)?.(journey);
	},
});

async function journeyOf(id: string): Promise<Journey | undefined> {
	const known = ended.get(id);
	if (known !== undefined) return known;
	return new Promise((resolve) => {
		const done = (journey?: Journey): void => {
			clearTimeout(timer);
			waiting.delete(id);
			resolve(journey);
		};
		const timer = setTimeout(done, PATIENCE);
		waiting.set(id, done);
	});
}

export const journey: Feature = {
	id: 'journey',
	routes: {
		'GET /journey/record': async (exchange, query) => {
			const found = await journeyOf(query.get('id') ?? '');
			if (found === undefined) {
				answer(exchange, 404, 'No journey of that id has ended.\n');
				return;
			}
			exchange.respond(200, ['content-type', 'application/json', 'cache-control', 'no-store']);
			exchange.end(utf8(`${JSON.stringify(found)}\n`));
		},
	},
	commands: (place) => [
		{
			run: `${curl(place, 's')} '${place.origin}/hono/report?journey=me'; ${curl(place, 's')} '${place.origin}/journey/record?id=me'`,
			shows: 'Nobody is logged in, so the journey ends at the middleware: steps with their times, as JSON.',
		},
	],
};
