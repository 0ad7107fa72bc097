/** A journey as a drawing: down on the left, back on the right, and the origin's decision at the top. */
import { stationsOf, stepOf, verdictOf } from './journey-stations.js';

const WIDTH = 880;
const ROW = 62;
const TOP = 112;
/** Where the request goes down, and the response comes back. */
const DOWN = 92;
const UP = 508;

/** @param journey as the server recorded it */
export function drawing(journey) {
	const stations = stationsOf(journey);
	const height = Math.max(TOP + stations.length * ROW + 24, 330);
	const svg = make('svg', { viewBox: `0 0 ${WIDTH} ${height}`, role: 'img', 'aria-label': verdictOf(journey).text });
	const decide = stepOf(journey, 'decide');
	const run = decide?.verdict === 'run';
	const bottom = TOP + stations.length * ROW - 24;

	svg.append(card(24, 20, 560, 68, `origin ${decide === undefined ? 'idle' : decide.verdict}`));
	svg.append(text(150, 48, 'title', `${journey.method} ${journey.target.replace(/[?&]journey=.*/, '')}`));
	svg.append(text(150, 70, 'note', `server, rich layer · HTTP/${journey.httpVersion}`));
	if (decide !== undefined)
		svg.append(text(480, 48, 'rule end', decide.rule), text(480, 70, 'note end', decide.verdict));
	for (const [at, { title, kind, note }] of stations.entries()) {
		const inset = 24 + Math.min(at, 6) * 6;
		const y = TOP + at * ROW;
		svg.append(
			card(inset, y, 608 - 2 * inset, ROW - 12, kind),
			text(150, y + (at === stations.length - 1 ? 22 : 31), 'title', title),
		);
		svg.append(text(480, y + (at === stations.length - 1 ? 22 : 31), 'note end', note));
	}
	svg.append(make('path', { class: 'way down', d: `M${DOWN} 54 V${bottom} H${(DOWN + UP) / 2}` }));
	svg.append(
		make('path', { class: `way up ${decide?.verdict ?? 'pass'}`, d: `M${(DOWN + UP) / 2} ${bottom} H${UP} V58` }),
	);
	const tip = make('path', { class: `tip ${decide?.verdict ?? 'pass'}`, d: `M${UP - 7} 66 L${UP} 54 L${UP + 7} 66 Z` });
	svg.append(tip, target(journey, run));
	const whole = `M${DOWN} 54 V${bottom} H${UP} V58${run ? ' H632' : ''}`;
	if (!matchMedia('(prefers-reduced-motion: reduce)').matches) svg.append(traveller(whole));
	return svg;
}

/** Who answers the client in the end, and what. */
function target(journey, run) {
	const group = make('g', {});
	const respond = stepOf(journey, 'respond');
	group.append(make('path', { class: `way ${run ? 'run' : 'pass'}`, d: run ? 'M516 54 H640' : 'M584 54 H640' }));
	const lines = [[run ? 'rich application' : 'the answer stands', 'title']];
	if (run) {
		const merge = stepOf(journey, 'merge');
		lines.push(['takes the exchange over', 'note'], ['inherits', 'label'], ...listed(merge?.kept ?? []));
	}
	const end = stepOf(journey, 'end');
	if (respond !== undefined)
		lines.push(['the client gets', 'label'], [`${respond.response.status}, ${end?.octets ?? 0} octets`, 'note']);
	for (const name of end?.trailers ?? []) lines.push([`trailer ${name}`, 'note']);
	const labels = lines.filter(([, kind]) => kind === 'label').length;
	group.append(
		card(
			640,
			20,
			220,
			34 + lines.length * 21 + labels * 8,
			run ? 'rich' : `answer ${stepOf(journey, 'decide')?.verdict ?? 'pass'}`,
		),
	);
	let y = 48;
	for (const [said, kind] of lines) {
		if (kind === 'label') y += 8;
		group.append(text(658, y, kind, said));
		y += 21;
	}
	return group;
}

function listed(names) {
	const unique = [...new Set(names)];
	const shown = unique.slice(0, 4).map((name) => [name.length > 26 ? `${name.slice(0, 25)}…` : name, 'note']);
	if (unique.length > 4) shown.push([`and ${unique.length - 4} more`, 'note']);
	return shown.length === 0 ? [['nothing', 'note']] : shown;
}

function traveller(path) {
	const dot = make('circle', { class: 'traveller', r: 7 });
	dot.append(make('animateMotion', { dur: '2.4s', fill: 'freeze', begin: 'indefinite', path }));
	requestAnimationFrame(() => dot.firstChild.beginElement());
	return dot;
}

function card(x, y, width, height, kind) {
	return make('rect', { class: `card ${kind}`, x, y, width, height, rx: 12 });
}

function text(x, y, kind, content) {
	const made = make('text', { class: kind, x, y });
	made.textContent = content;
	return made;
}

function make(name, attributes) {
	const made = document.createElementNS('http://www.w3.org/2000/svg', name);
	for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
	return made;
}
