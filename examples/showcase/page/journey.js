/** Sends a request, asks the server for its journey, and shows it. */
import { drawing } from './journey-drawing.js';
import { said, verdictOf } from './journey-stations.js';
import { ask } from './section.js';

const byId = (id) => document.getElementById(id);
const HONO_ONLY = ['cache', 'layout', 'late-check'];

byId('site').addEventListener('change', choices);
byId('choose').addEventListener('submit', async (event) => {
	event.preventDefault();
	const button = byId('choose').querySelector('button');
	button.disabled = true;
	try {
		show(await travel(byId('site').value, byId('case').value));
	} catch (error) {
		byId('verdict').textContent = `This did not work: ${error.message}`;
		byId('verdict').className = 'banner wrong';
	} finally {
		button.disabled = false;
	}
});

/** The sites do not have all accidents. */
function choices() {
	const express = byId('site').value === 'express';
	for (const option of byId('case').options) option.disabled = express && HONO_ONLY.includes(option.value);
	if (byId('case').selectedOptions[0]?.disabled !== false) byId('case').value = 'report';
}

async function travel(site, what) {
	const rejected = what === 'rejected';
	const path = `/${site}/${rejected ? 'report' : what}`;
	if (!rejected) await ask(`/${site}/login`, { method: 'POST', body: new URLSearchParams({ name: 'traveller' }) });
	// The one that is stored, before the one that is replayed.
	if (what === 'cache') await fetch(path, { cache: 'no-store' });
	const id = crypto.randomUUID();
	const response = await fetch(`${path}?journey=${id}`, {
		cache: 'no-store',
		credentials: rejected ? 'omit' : 'same-origin',
	});
	await response.text();
	return (await ask(`/journey/record?id=${id}`)).json();
}

function show(journey) {
	const { text, wrong } = verdictOf(journey);
	byId('verdict').textContent = text;
	byId('verdict').className = wrong ? 'banner wrong' : 'banner';
	document.querySelector('.drawing').replaceChildren(drawing(journey));
	byId('steps').replaceChildren(
		...journey.steps.map((step) => {
			const item = document.createElement('li');
			const time = document.createElement('time');
			time.textContent = `${step.at.toFixed(2)} ms`;
			const kind = document.createElement('b');
			kind.textContent = step.kind;
			item.append(time, kind, ` ${said(step)}`);
			return item;
		}),
	);
}
