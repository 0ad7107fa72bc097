import { ask, Section } from '../section.js';

const section = new Section('trailers');

section.on('fetch', async () => {
	const response = await ask('/trailers');
	const content = await response.arrayBuffer();
	section.say(new TextDecoder().decode(content).trim());
	const announced = response.headers.get('trailer');
	section.add(
		`\nThe server announced the trailer field ${announced}. This browser received it, and shows it to no script.`,
	);
	if (globalThis.crypto?.subtle === undefined) {
		section.add('The sum cannot be computed here: browsers allow it only at https:// and at 127.0.0.1 or localhost.');
		return;
	}
	const sum = new Uint8Array(await crypto.subtle.digest('SHA-256', content));
	section.add(`Computed here: sha-256=:${btoa(String.fromCharCode(...sum))}:`);
});
