/** What the browser itself says of the style sheet that the server hinted at. */
const asked = document.getElementById('server').dataset.asked !== undefined;
const sheet = document.querySelector('link[rel="stylesheet"]').href;

addEventListener('load', () => {
	const said = words(performance.getEntriesByName(sheet).at(0)?.initiatorType);
	document.getElementById('browser').textContent = said;
	// For the showcase, which cannot see another page.
	sessionStorage.setItem('early-hints', `${document.getElementById('server').textContent} ${said}`);
});

function words(initiator) {
	if (initiator === 'early-hints') return 'The browser says that it loaded the style sheet because of the early hint.';
	if (!asked) return `The browser loaded it by the page's own link.`;
	return (
		`Then the browser loaded it once more, by the page's own link: it does not keep what it loads ahead ` +
		'from a server whose certificate it does not trust, and this one is self-signed.'
	);
}
