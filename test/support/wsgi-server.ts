/** A server of a Python application in a process of its own, without a way to stop it: it is for tests that kill it. */
import { serve } from 'rsgi';
import { adapt } from 'rsgi/adapters';
import { wsgi } from 'rsgi/wsgi';

const [, , chdir = '', told = '', name = 'probe', workers = '2'] = process.argv;
const app = wsgi(name, {
	python: '/usr/bin/python3',
	chdir,
	env: { TOLD: told },
	workers: Number(workers),
	threads: 1,
});
const server = await serve(adapt(app, 'rich'));
console.log(server.url);
