import { ask, Section } from '../section.js';

const section = new Section('range');

section.on('fetch', async () => {
	const first = section.find('[data-first]').value;
	const last = section.find('[data-last]').value;
	if (!/^\d+$/.test(first) || !/^\d+$/.test(last)) throw new Error('both bytes are numbers from 0 on');
	const response = await ask('/numbers.txt', { headers: { range: `bytes=${first}-${last}` } });
	const { headers } = response;
	section.say(
		`${response.status} · Content-Range: ${headers.get('content-range') ?? 'none'} · ETag: ${headers.get('etag')}`,
	);
	const text = await response.text();
	section.add(text.length > 400 ? `${text.slice(0, 400)}…` : text.trimEnd());
});
