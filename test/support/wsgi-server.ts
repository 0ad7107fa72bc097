/** A server of a Python application in a process of its own, without a way to stop it: it is for tests that kill it. */
import { serve } from 'rsgi';
import { adapt } from 'rsgi/adapters';
import { wsgi } from 'rsgi/wsgi';
import { makeCertificate } from './certificate.ts';

const [, , chdir = '', told = '', name = 'probe', workers = '2', tls = 'plain'] = process.argv;
const app = wsgi(name, {
	python: process.env.RSGI_TEST_PYTHON ?? '/usr/bin/python3',
	chdir,
	env: { TOLD: told },
	workers: Number(workers),
	threads: 1,
});
const server = await serve(adapt(app, 'rich'), tls === 'tls' ? { tls: await makeCertificate('localhost') } : {});
console.log(server.url);
