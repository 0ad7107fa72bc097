/** What the browser itself says of the style sheet that the server hinted at. */
const status = document.getElementById('browser');
const sheet = document.querySelector('link[rel="stylesheet"]').href;

addEventListener('load', () => {
	const [page] = performance.getEntriesByType('navigation');
	const entry = performance.getEntriesByName(sheet).at(0);
	if (entry === undefined) {
		status.textContent = 'The browser keeps no record of the style sheet.';
		return;
	}
	const by =
		entry.initiatorType === 'early-hints'
			? 'because of the early hint'
			: `by the page's own link (${entry.initiatorType})`;
	const version = page?.nextHopProtocol ?? '';
	status.textContent = `The browser says: loaded ${by}, ${Math.round(entry.startTime)} ms after the navigation began; the protocol is ${version}.`;
});
