import { Section } from '../section.js';

const section = new Section('early-hints');

/** This page was hinted at as well: its own style sheet, and this script. */
addEventListener('load', () => {
	const [page] = performance.getEntriesByType('navigation');
	const hinted = performance.getEntriesByType('resource').filter((entry) => entry.initiatorType === 'early-hints');
	if (hinted.length > 0) {
		const names = hinted.map((entry) => new URL(entry.name).pathname).join(', ');
		section.say(`This page came with early hints too, and the browser acted on them: ${names}.`);
	} else if (page?.nextHopProtocol !== 'h2') {
		section.say('This page did not come by HTTP/2, so the browser did not act on its early hints.');
	} else {
		section.say('The browser does not say whether it acted on the early hints of this page.');
	}
});
