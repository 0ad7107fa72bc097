import { ask, byHttp1, listen, Section } from '../section.js';

const STEPS = 32;
const STEP = 64 * 1024;
/** Between two steps, in milliseconds, so that there is something to see. */
const PACE = 50;

const section = new Section('upload');
const sent = section.find('[data-sent]');
const seen = section.find('[data-seen]');

section.on('upload', async () => {
	sent.value = 0;
	seen.value = 0;
	const id = crypto.randomUUID();
	const events = await listen(`/upload/progress?id=${id}`);
	let during = 0;
	let sending = true;
	const seeing = (event) => {
		const { bytes } = JSON.parse(event.data);
		seen.value = percent(bytes);
		if (sending && event.type === 'progress') during++;
	};
	const finished = new Promise((resolve, reject) => {
		events.addEventListener('progress', seeing);
		events.addEventListener('done', (event) => resolve(seeing(event)));
		events.addEventListener('failed', (event) => reject(new Error(`the server saw the upload fail: ${event.data}`)));
	});
	try {
		const body = streams() ? stepwise(() => (sending = false)) : whole();
		const response = await ask(`/upload?id=${id}`, { method: 'POST', body, duplex: 'half' });
		await finished;
		sent.value = 100;
		const last = (await response.text()).trim().split('\n').at(-1);
		section.add(`The server counted ${last}. Reports while the upload was under way: ${during}.`);
	} finally {
		events.close();
	}
});

/** Whether this browser streams uploads: over HTTP/2 only, and those that cannot make text of the stream. */
function streams() {
	if (byHttp1()) {
		section.add(
			'Over HTTP/1.1 browsers do not stream uploads, so this one goes in one piece. Open the https URL above.',
		);
		return false;
	}
	let asked = false;
	const typed = new Request('/', {
		method: 'POST',
		body: new ReadableStream(),
		get duplex() {
			asked = true;
			return 'half';
		},
	}).headers.has('content-type');
	if (!asked || typed) section.add('This browser does not stream uploads, so this one goes in one piece.');
	return asked && !typed;
}

/** Content that comes step by step. */
function stepwise(done) {
	let step = 0;
	return new ReadableStream({
		async pull(controller) {
			if (step === STEPS) {
				done();
				controller.close();
				return;
			}
			await new Promise((resolve) => setTimeout(resolve, PACE));
			controller.enqueue(new Uint8Array(STEP));
			step++;
			sent.value = percent(step * STEP);
		},
	});
}

/** The same in one piece. */
function whole() {
	return new Blob([new Uint8Array(STEPS * STEP)]);
}

function percent(bytes) {
	return (100 * bytes) / (STEPS * STEP);
}
