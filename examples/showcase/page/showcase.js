/** The page: the protocol it came by, the commands of each section, and the sections' demonstrations. */
import './features/connection.js';
import './features/upload.js';
import './features/trailers.js';
import './features/hints.js';
import './features/push.js';
import './features/events.js';
import './features/priorities.js';
import './features/range.js';
import './features/abort.js';
import { showCommands } from './commands.js';
import { ask } from './section.js';

const banner = document.getElementById('version');

try {
	const [known, facts] = await Promise.all(
		['/showcase.json', '/connection'].map(async (target) => (await ask(target)).json()),
	);
	showVersion(facts.httpVersion, known.tls);
	for (const [id, commands] of Object.entries(known.commands)) showCommands(id, commands);
} catch (error) {
	banner.classList.add('wrong');
	banner.textContent = `The page cannot reach its server: ${error.message}`;
}

function showVersion(version, tls) {
	banner.textContent = `This page came by HTTP/${version}, at ${location.origin}. `;
	if (version === '2') return;
	const link = document.createElement('a');
	link.href = tls ?? '';
	link.textContent = tls ?? '';
	if (tls === null || tls === location.href) {
		banner.append('Browsers speak HTTP/2 over TLS only: streamed uploads, Early Hints and priorities need it.');
	} else {
		banner.append('For HTTP/2, which streamed uploads, Early Hints and priorities need in a browser, open ', link, '.');
	}
}
