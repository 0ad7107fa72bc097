/** The chat of a site: log in by its form, then one WebSocket. */
const site = new URLSearchParams(location.search).get('site') === 'express' ? 'express' : 'hono';
const other = site === 'hono' ? 'express' : 'hono';
const TITLES = { hono: 'Hono', express: 'Express' };
const byId = (id) => document.getElementById(id);

byId('site').textContent = TITLES[site];
byId('other').href = `/chat?site=${other}`;
byId('other').textContent = `The same in ${TITLES[other]}`;

let socket = null;

byId('login').addEventListener('submit', async (event) => {
	event.preventDefault();
	const response = await fetch(`/${site}/login`, {
		method: 'POST',
		body: new URLSearchParams({ name: byId('name').value }),
	});
	if (response.ok) enter();
	else state(await response.text(), true);
});

byId('without').addEventListener('click', async () => {
	const { status } = await fetch(`/${site}/chat`, { credentials: 'omit' });
	state(`Without the cookie of the session the middleware answers ${status}, and nothing is opened.`, true);
});

byId('say').addEventListener('submit', (event) => {
	event.preventDefault();
	socket?.send(byId('text').value);
	byId('text').value = '';
});

function enter() {
	socket?.close();
	const opened = new WebSocket(`${location.origin.replace(/^http/, 'ws')}/${site}/chat`);
	socket = opened;
	opened.onmessage = ({ data }) => show(JSON.parse(data));
	opened.onclose = () => {
		if (socket !== opened) return;
		able(false);
		state('The WebSocket is closed. Log in to come again.', true);
	};
}

function show({ kind, name, text }) {
	if (kind === 'welcome') {
		state(`You are ${name}: a WebSocket over ${text}, below the session of ${TITLES[site]}.`);
		able(true);
		byId('text').focus();
		return;
	}
	const line = document.createElement('li');
	const who = document.createElement('b');
	who.textContent = name;
	line.className = kind;
	line.append(who, { came: ' is here', left: ' has left' }[kind] ?? ` ${text}`);
	const list = byId('messages');
	list.append(line);
	list.scrollTop = list.scrollHeight;
}

function able(is) {
	byId('text').disabled = !is;
	byId('say').querySelector('button').disabled = !is;
}

function state(text, wrong = false) {
	byId('state').textContent = text;
	byId('state').classList.toggle('wrong', wrong);
}
