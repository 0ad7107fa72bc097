/** A server of a Python application in a process of its own, without a way to stop it: it is for tests that kill it. */
import { serve } from 'rsgi';
import { adapt } from 'rsgi/adapters';
import { wsgi } from 'rsgi/wsgi';

const [, , chdir = '', told = ''] = process.argv;
const app = wsgi('probe', { python: '/usr/bin/python3', chdir, env: { TOLD: told }, workers: 2, threads: 1 });
const server = await serve(adapt(app, 'rich'));
console.log(server.url);
