/** The same site in Express, with express-session. Neither is changed. */
import { randomUUID } from 'node:crypto';
import express, { type RequestHandler } from 'express';
import session from 'express-session';
import type { RichApp } from 'rsgi';
import { nodeToRich } from 'rsgi/adapters';
import { escape } from 'rsgi/escape';
import { nodeWaypoint } from 'rsgi/journey';
import { node } from 'rsgi/node';
import { chatRoom } from './chat-room.ts';
import { memberName } from './member-name.ts';
import { report } from './report.ts';

declare module 'express-session' {
	interface SessionData {
		name: string;
		seen: number;
	}
}

const sessions = session({
	name: 'express-session',
	secret: randomUUID(),
	resave: false,
	saveUninitialized: false,
	rolling: true,
	cookie: { sameSite: 'lax' },
});

const loggedIn: RequestHandler = (req, res, next) => {
	if (req.session.name === undefined) res.status(401).type('text').send('Log in first.\n');
	else next();
};

const noSniff: RequestHandler = (_req, res, next) => {
	res.set({ 'x-content-type-options': 'nosniff', 'referrer-policy': 'no-referrer' });
	next();
};

/** The site, below `/express/`. */
export function expressSite(): RichApp {
	const app = express();
	const site = express.Router();
	app.use('/express', site);
	site.use(nodeWaypoint('secure headers', noSniff));
	site.use(nodeWaypoint('express-session', sessions));
	site.post('/login', express.urlencoded(), (req, res) => {
		const name = memberName(req.body?.name);
		if (name === null) {
			res.status(400).type('text').send('A name has 1 to 20 letters, digits, spaces, - or _.\n');
			return;
		}
		req.session.name = name;
		res.type('text').send(`Hello, ${name}.\n`);
	});
	site.use(nodeWaypoint('logged in?', loggedIn));
	site.get('/chat', (req, res) => escape(req, res, chatRoom('express', req.session.name as string)));
	site.get('/report', (req, res) => escape(req, res, report));
	site.get('/forged', (_req, res) => {
		const forged = `rsgi-escape-${'0'.repeat(32)}`;
		res.set('content-type', `application/vnd.rsgi.escape; id=${forged}`);
		res.send(forged);
	});
	return nodeToRich(node(app));
}
