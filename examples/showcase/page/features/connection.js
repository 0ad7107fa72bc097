import { ask, Section } from '../section.js';

const section = new Section('connection');

async function show() {
	const facts = await (await ask('/connection')).json();
	const { peer, local, tls, id } = facts.connection;
	const can = Object.entries(facts.can).map(([name, able]) => `${name}: ${able ? 'yes' : 'no'}`);
	const lines = [
		['Protocol', `HTTP/${facts.httpVersion}`],
		['Connection', `number ${id} of this server`],
		['You', address(peer)],
		['Server', address(local)],
		['TLS', tls === null ? 'none' : `${tls.version}, ${tls.cipher}, ALPN ${tls.alpn ?? 'none'}`],
		['This exchange', can.join(', ')],
	];
	const list = document.createElement('dl');
	for (const [name, value] of lines) list.append(element('dt', name), element('dd', value));
	const details = document.createElement('details');
	const fields = facts.fields.join('\n');
	details.append(element('summary', `${facts.fields.length} field lines, as they came`), element('pre', fields));
	section.find('[data-facts]').replaceChildren(list, details);
}

function address(where) {
	if (where === null) return 'unknown';
	if (where.family === 'unix') return where.path || 'a Unix socket';
	return `${where.address}, port ${where.port}`;
}

function element(name, text) {
	const made = document.createElement(name);
	made.textContent = text;
	return made;
}

section.on('ask', show);
section.run(show);
