/** A server in a process of its own, for tests that take things away from it, or kill it. Prints its port, then what it logs. */
import { serve } from 'rsgi';
import { routesApp } from '../support/routes-app.ts';

const server = await serve(routesApp().app, {
	log: (entry) => console.log(JSON.stringify(entry, (_, value) => (value instanceof Error ? String(value) : value))),
});
console.log(server.address.family === 'unix' ? 0 : server.address.port);
