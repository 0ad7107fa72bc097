// Draws what the server tells: `state` twice a second, `journeys` when exchanges have ended.
const KEPT = 50;
const POINTS = 240;

const element = (id) => document.getElementById(id);
const made = (name, text, kind) => {
	const one = document.createElement(name);
	if (text !== undefined) one.textContent = text;
	if (kind !== undefined) one.className = kind;
	return one;
};

const octets = (count) => {
	const units = ['B', 'KiB', 'MiB', 'GiB'];
	let unit = 0;
	let left = count;
	while (left >= 1024 && unit < units.length - 1) {
		left /= 1024;
		unit++;
	}
	return `${unit === 0 ? Math.round(left) : left.toFixed(1)} ${units[unit]}`;
};
const millis = (time) =>
	time >= 10_000 ? `${(time / 1000).toFixed(1)} s` : `${time >= 100 ? Math.round(time) : time.toFixed(2)} ms`;
const span = (time) =>
	time >= 60_000
		? `${Math.floor(time / 60_000)} min ${Math.round((time % 60_000) / 1000)} s`
		: `${(time / 1000).toFixed(1)} s`;

let paused = false;
element('pause').addEventListener('click', ({ currentTarget }) => {
	paused = !paused;
	currentTarget.setAttribute('aria-pressed', String(paused));
	currentTarget.textContent = paused ? 'Go on' : 'Pause';
});

const link = (state, text) => {
	element('link').className = state;
	element('link').textContent = text;
};

const events = new EventSource('/events');
events.addEventListener('open', () => link('live', 'live'));
events.addEventListener('error', () => link('lost', 'the server is not there'));
events.addEventListener('state', ({ data }) => {
	if (!paused) showState(JSON.parse(data));
});
events.addEventListener('journeys', ({ data }) => {
	if (!paused) showJourneys(JSON.parse(data));
});

const rates = [];

function showState({ processes, connections, figures, memory, views }) {
	element('rate').textContent = figures.rate.toLocaleString('en', { maximumFractionDigits: 1 });
	for (const name of ['median', 'p95', 'p99']) {
		element(name).textContent = figures.latency === null ? '–' : millis(figures.latency[name]);
	}
	element('connections').textContent = String(connections);
	element('memory').textContent = octets(memory) + (processes > 1 ? `, ${processes} workers` : '');
	const statuses = Object.entries(figures.statuses).sort(([a], [b]) => a.localeCompare(b));
	element('statuses').textContent = statuses.map(([name, times]) => `${name} ${times}`).join('  ') || '–';
	rates.push(figures.rate);
	if (rates.length > POINTS) rates.shift();
	drawRates();
	showConnections(views);
}

function drawRates() {
	const most = Math.max(1, ...rates);
	const at = (rate, index) => `${POINTS - rates.length + index} ${46 - (rate / most) * 44}`;
	const first = POINTS - rates.length;
	const path = document.createElementNS('http://www.w3.org/2000/svg', 'path');
	path.setAttribute('d', `M${first} 48 L${rates.map(at).join(' L')} L${POINTS - 1} 48 Z`);
	element('chart').replaceChildren(path);
	element('scale').textContent = `The highest is ${most.toLocaleString('en', { maximumFractionDigits: 1 })}.`;
}

function showConnections(views) {
	element('no-connections').hidden = views.length > 0;
	element('rows').replaceChildren(
		...views.flatMap((view) => {
			const { facts, engine } = view;
			const row = made('tr');
			const windows =
				engine?.sendWindow == null ? '–' : `${octets(engine.sendWindow)} / ${octets(engine.receiveWindow)}`;
			const protocol =
				engine === null ? 'not known yet' : `${engine.protocol}${facts.tls === null ? '' : `, ${facts.tls.version}`}`;
			for (const text of [
				String(facts.id),
				facts.peer === null ? '–' : facts.peer.family === 'unix' ? 'unix' : `${facts.peer.address}:${facts.peer.port}`,
				`${protocol}${engine?.retiring === true ? ', last' : ''}`,
				span(view.age),
				octets(view.receiving),
				octets(view.sending),
				octets(view.waiting),
				windows,
				engine?.roundTrip == null ? '–' : millis(engine.roundTrip),
				String(view.exchanges),
			]) {
				row.append(made('td', text));
			}
			return [row, ...(engine?.streams ?? []).map(streamRow)];
		}),
	);
}

function streamRow(stream) {
	const row = made('tr', undefined, 'stream');
	const window = stream.sendWindow === null ? '' : `, may send ${octets(stream.sendWindow)}`;
	const state = stream.tunnel ? 'tunnel' : stream.responded ? 'responding' : 'waiting for the application';
	const cell = made(
		'td',
		`${stream.id === null ? '' : `${stream.id}: `}${stream.method} ${stream.target} (${state}${window})`,
	);
	cell.colSpan = 10;
	row.append(cell);
	return row;
}

function showJourneys({ omitted, journeys }) {
	element('no-journeys').hidden = true;
	const list = element('journeys');
	const rows = journeys.map(journeyRow).reverse();
	if (omitted > 0) rows.unshift(made('li', `${omitted} more are not shown: they were too many.`, 'none'));
	list.prepend(...rows);
	while (list.children.length > KEPT) {
		// One that somebody reads stays.
		const last = [...list.children].findLast((row) => row.querySelector('details[open]') === null);
		if (last === undefined) break;
		last.remove();
	}
}

function journeyRow(journey) {
	const row = made('li');
	const details = made('details');
	const summary = made('summary');
	const begun = journey.steps.find(({ kind }) => kind === 'respond' || kind === 'accept');
	const status = begun === undefined ? '–' : String(begun.response.status);
	const reason = journey.outcome?.reason ?? 'open';
	summary.append(
		made('span', new Date(journey.began).toLocaleTimeString('en', { hour12: false }), 'told began'),
		made('span', status, status >= '500' ? 'told wrong' : 'told'),
		made('span', `${journey.method} ${journey.target}`, 'told'),
		made('span', begun === undefined ? '–' : millis(begun.at), 'told'),
		made('span', reason, reason === 'complete' ? 'told outcome' : 'told outcome wrong'),
	);
	// Made when somebody looks: most are never looked at.
	details.addEventListener('toggle', () => {
		if (!details.open || details.querySelector('ol') !== null) return;
		const steps = made('ol', undefined, 'steps');
		for (const step of journey.steps) {
			const item = made('li', undefined, `step ${step.kind}`);
			item.append(made('span', millis(step.at), 'at'), said(step));
			steps.append(item);
		}
		if (journey.omitted > 0) steps.append(made('li', `${journey.omitted} steps are left out`));
		details.append(steps);
	});
	details.append(summary);
	row.append(details);
	return row;
}

const look = (response) =>
	response === null ? 'no response' : `${response.status}${response.placeholder ? ', a placeholder' : ''}`;
const list = (names) => (names.length === 0 ? 'nothing' : names.join(', '));

const SAID = {
	layer: ({ layer }) => `the ${layer} layer begins`,
	enter: ({ name }) => `${name} has the request`,
	through: ({ name, response }) => `${name} lets it through (${look(response)})`,
	back: ({ name, after }) => `${name} answers: ${look(after)}`,
	threw: ({ name }) => `${name} threw`,
	intercept: ({ name }) => `${name} intercepts the escape`,
	escape: ({ number }) => `a rich application is registered, number ${number}: its placeholder goes out`,
	refuse: ({ rule }) => `the registration is refused (${rule})`,
	decide: ({ verdict, rule, why }) => `decided: ${verdict}, since ${why} (${rule})`,
	run: ({ inherited, dropped }) =>
		`the rich application takes over; inherited: ${list(inherited)}; dropped: ${list(dropped)}`,
	merge: ({ kept, replaced }) => `fields met: kept ${list(kept)}; replaced ${list(replaced)}`,
	discard: ({ count, reason }) => `${count} not run: ${reason}`,
	inform: ({ response }) => `informational ${look(response)}`,
	push: ({ target }) => `push of ${target}`,
	respond: ({ response }) => `responds ${look(response)}`,
	accept: ({ protocol, response }) => `opens a tunnel${protocol === null ? '' : ` (${protocol})`}: ${look(response)}`,
	end: ({ octets: count, trailers }) =>
		`ends after ${octets(count)}${trailers.length === 0 ? '' : `, with trailer fields ${list(trailers)}`}`,
	failed: ({ error }) => `the application failed: ${error}`,
	closed: ({ outcome }) => `over: ${outcome.reason}`,
};

function said(step) {
	return SAID[step.kind]?.(step) ?? step.kind;
}
