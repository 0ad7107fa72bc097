import { Section } from '../section.js';

const section = new Section('early-hints');

// Also when the browser brings the page back as it was left.
addEventListener('pageshow', () => {
	const said = sessionStorage.getItem('early-hints');
	if (said !== null) section.say(`The slow page said: ${said}`);
});
