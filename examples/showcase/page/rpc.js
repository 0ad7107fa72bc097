/** A call by Connect: JSON, by fetch. */
import { showCommands } from './commands.js';
import { ask } from './section.js';

const answer = document.getElementById('answer');

document.getElementById('call').addEventListener('submit', async (event) => {
	event.preventDefault();
	try {
		const body = JSON.stringify({ name: document.getElementById('name').value });
		const headers = { 'content-type': 'application/json' };
		const response = await ask('/showcase.Greeter/Greet', { method: 'POST', headers, body });
		answer.textContent = (await response.json()).text;
	} catch (error) {
		answer.textContent = `This did not work: ${error.message}`;
	}
});

showCommands('rpc', (await (await ask('/showcase.json')).json()).commands.rpc);
