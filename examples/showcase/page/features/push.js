import { ask, Section } from '../section.js';

const section = new Section('push');

section.on('ask', async () => {
	section.say((await (await ask('/push')).text()).trim());
});
