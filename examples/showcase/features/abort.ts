/** Ends before the end: the server resets, or the client does, and the other side learns of it at once. */
import { ErrorCode, type Exchange, type Handler, type Outcome, utf8 } from 'rsgi';
import { curl2, type Feature } from '../feature.ts';
import { answer } from '../router.ts';
import { SideChannel } from '../side-channel.ts';

/** Between two lines, in milliseconds. */
const TICK = 100;
/** So many outcomes are remembered. */
const REMEMBERED = 100;

const TEXT = ['content-type', 'text/plain; charset=utf-8', 'cache-control', 'no-store'];
const seen = new SideChannel();
const outcomes = new Map<string, Outcome>();

/** Three lines, and then the application changes its mind. */
function abort(exchange: Exchange): Handler {
	let line = 0;
	exchange.respond(200, TEXT);
	const timer = setInterval(() => {
		if (++line <= 3) exchange.write(utf8(`line ${line}\n`));
		else exchange.abort(ErrorCode.INTERNAL_ERROR);
	}, TICK);
	return { closed: () => clearInterval(timer) };
}

/** Lines without end, until the client has had enough; how it said so is remembered. */
function endless(exchange: Exchange, query: URLSearchParams): Handler {
	const id = query.get('id') ?? '';
	let line = 0;
	exchange.respond(200, TEXT);
	const timer = setInterval(() => exchange.write(utf8(`line ${++line}\n`)), TICK);
	return {
		closed(outcome) {
			clearInterval(timer);
			remember(id, outcome);
			seen.tell(id, 'outcome', outcome);
		},
	};
}

function remember(id: string, outcome: Outcome): void {
	outcomes.delete(id);
	outcomes.set(id.slice(0, 64), outcome);
	for (const oldest of outcomes.keys()) {
		if (outcomes.size <= REMEMBERED) break;
		outcomes.delete(oldest);
	}
}

function outcome(exchange: Exchange, query: URLSearchParams): void {
	const known = outcomes.get(query.get('id') ?? '');
	if (known === undefined) answer(exchange, 404, 'No exchange of that id has ended.\n');
	else answer(exchange, 200, `The server saw: ${known.reason}, code ${known.code}\n`);
}

export const aborts: Feature = {
	id: 'abort',
	routes: {
		'GET /abort': abort,
		'GET /abort/endless': endless,
		'GET /abort/outcome': outcome,
		'GET /abort/seen': (exchange, query) => seen.listen(exchange, query.get('id')),
	},
	commands: (place) => [
		{
			run: `${curl2(place, 'sSN')} ${place.origin}/abort; echo "curl ended with $?"`,
			shows: 'Three lines, then RST_STREAM with INTERNAL_ERROR: curl knows that this is not the end of the content.',
		},
		{
			run: `${curl2(place, 's')} -m 1 -o /dev/null '${place.origin}/abort/endless?id=me'; ${curl2(place, 's')} '${place.origin}/abort/outcome?id=me'`,
			shows: 'curl gives up after a second, and the server has learned of it.',
		},
	],
};
