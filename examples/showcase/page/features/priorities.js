import { ask, byHttp1, Section } from '../section.js';

const section = new Section('priorities');

section.on('race', async () => {
	const began = performance.now();
	const download = async (urgency, bar) => {
		bar.value = 0;
		const response = await ask('/priorities', { headers: { priority: `u=${urgency}` } });
		const length = Number(response.headers.get('content-length'));
		let bytes = 0;
		for (const reader = response.body.getReader(); ; ) {
			const { done, value } = await reader.read();
			if (done) break;
			bytes += value.length;
			bar.value = (100 * bytes) / length;
		}
		const time = Math.round(performance.now() - began);
		section.add(
			`Urgency ${urgency} is done after ${time} ms; the server took it for ${response.headers.get('x-urgency')}.`,
		);
		return time;
	};
	const [low, high] = await Promise.all([
		download(6, section.find('[data-low]')),
		download(1, section.find('[data-high]')),
	]);
	if (byHttp1())
		section.add('Over HTTP/1.1 each has a connection of its own: nothing to put in order. Open the https URL above.');
	else if (high < low) section.add('The urgent one was asked for second and done first.');
	else section.add('The urgent one was not done first: this browser may have overruled the priority.');
});
