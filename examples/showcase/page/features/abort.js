import { ask, listen, Section } from '../section.js';

const section = new Section('abort');

section.on('server', async () => {
	const response = await ask('/abort');
	const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
	try {
		for (;;) {
			const { done, value } = await reader.read();
			if (done) break;
			section.add(value.trim());
		}
	} catch (error) {
		section.add(`The server broke off, and the browser knows it: ${error.message}`);
		return;
	}
	throw new Error('the browser took the broken response for a whole one');
});

section.on('client', async () => {
	const id = crypto.randomUUID();
	const events = await listen(`/abort/seen?id=${id}`);
	try {
		const outcome = new Promise((resolve, reject) => {
			events.addEventListener('outcome', (event) => resolve(JSON.parse(event.data)));
			setTimeout(() => reject(new Error('the server did not tell of the end within five seconds')), 5000);
		});
		const stop = new AbortController();
		const response = await ask(`/abort/endless?id=${id}`, { signal: stop.signal });
		const { value } = await response.body.getReader().read();
		section.add(`Received: ${new TextDecoder().decode(value).trim()}. Breaking off.`);
		stop.abort();
		const { reason, code } = await outcome;
		section.add(`The server saw at once how it ended: ${words(reason, code)}.`);
	} finally {
		events.close();
	}
});

function words(reason, code) {
	if (reason === 'reset') return `reset by the client, with code ${code}${code === 8 ? ' (CANCEL)' : ''}`;
	if (reason === 'lost') return 'the connection was lost, which is all that HTTP/1.1 can say';
	return reason;
}
