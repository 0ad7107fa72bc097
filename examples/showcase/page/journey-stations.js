/** From the steps of a journey to the stations that a drawing shows, and to words. */

const LAYERS = {
	fetch: 'fetch layer',
	'fetch-server': 'Fetch Server API',
	node: 'node layer',
	gateway: 'gateway layer',
	text: 'text layer',
};
const VERDICTS = { run: 'runs the application', pass: 'sends it as it came', strip: 'strips it', fail: 'answers 500' };

/** The stations from the server to the handler, with what each made of the response on its way back. */
export function stationsOf({ steps }) {
	const stations = [];
	const named = new Map();
	let escaped = false;
	for (const step of steps) {
		if (step.kind === 'layer')
			stations.push({ title: LAYERS[step.layer], kind: 'layer', note: 'a request in its terms' });
		if (step.kind === 'enter') {
			const station = { title: step.name, kind: 'middleware', note: '', entered: step.response };
			named.set(step.name, station);
			stations.push(station);
		}
		if (step.kind === 'through') {
			const station = named.get(step.name);
			// In Node the response is there beforehand, and middleware changes it before it goes on.
			station.ahead = added(station.entered, step.response);
		}
		if (step.kind === 'escape') {
			escaped = true;
			stations.push({ title: 'handler', kind: 'handler', note: 'escape(): placeholder' });
		}
		if (step.kind === 'back') {
			const station = named.get(step.name);
			station.note = change(step, station.ahead);
			station.answered = step.before === null;
		}
	}
	const last = stations.at(-1);
	if (!escaped && last?.answered === false)
		stations.push({ title: 'handler', kind: 'handler', note: 'a response, no escape' });
	return stations;
}

function added(before, after) {
	return after === null ? [] : after.names.filter((name) => before?.names.includes(name) !== true);
}

/** What middleware has done to the response. */
function change({ before, after }, ahead = []) {
	if (before === null) return after === null ? '' : `answers ${after.status} itself`;
	if (after === null) return '';
	const done = [];
	if (before.status !== after.status) done.push(`${before.status} → ${after.status}`);
	if (before.placeholder !== after.placeholder)
		done.push(
			`${before.placeholder ? 'is' : 'becomes'} ${before.placeholder ? 'no placeholder now' : 'a placeholder'}`,
		);
	const fields = [...ahead, ...added(before, after)];
	if (fields.length > 2 || fields.join(', ').length > 26) done.push(`+ ${fields.length} fields`);
	else if (fields.length > 0) done.push(`+ ${fields.join(', ')}`);
	return done.length === 0 ? 'passes it on' : done.join('; ');
}

/** The step of a kind, or undefined. */
export const stepOf = ({ steps }, kind) => steps.find((step) => step.kind === kind);

/** What became of it, in a sentence. */
export function verdictOf(journey) {
	const decide = stepOf(journey, 'decide');
	const respond = stepOf(journey, 'respond');
	const status = respond?.response.status ?? '…';
	if (decide === undefined)
		return { text: `No placeholder came to the origin: the client got the ${status} of the middleware.`, wrong: true };
	const text = `By ${decide.rule} the origin ${VERDICTS[decide.verdict]}: ${decide.why}. The client got ${status}.`;
	return { text, wrong: decide.verdict !== 'run' };
}

/** A step in words. */
export function said(step) {
	switch (step.kind) {
		case 'layer':
			return LAYERS[step.layer];
		case 'enter':
		case 'through':
		case 'threw':
		case 'intercept':
			return step.name;
		case 'back':
			return `${step.name}: ${change(step)}`;
		case 'escape':
			return `registration ${step.number}, content ${step.content}`;
		case 'decide':
			return `${step.verdict} by ${step.rule}: ${step.why} (content: ${step.content})`;
		case 'run':
			return `inherits ${step.inherited.join(', ') || 'nothing'}; dropped ${step.dropped.join(', ')}`;
		case 'merge':
			return `sends ${step.kept.join(', ') || 'nothing'} of it${step.replaced.length > 0 ? `, and its own ${step.replaced.join(', ')}` : ''}`;
		case 'discard':
			return `${step.count === 1 ? 'the registration' : `${step.count} registrations`}: ${step.reason}`;
		case 'inform':
		case 'respond':
		case 'accept':
			return `${step.response.status} · ${step.response.names.join(', ')}`;
		case 'end':
			return `${step.octets} octets${step.trailers.length > 0 ? `, trailer fields ${step.trailers.join(', ')}` : ''}`;
		case 'failed':
			return step.error;
		case 'closed':
			return step.outcome.reason;
		default:
			return '';
	}
}
