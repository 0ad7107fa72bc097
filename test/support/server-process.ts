/**
 * A server in a process of its own, so that its memory can be measured. Run by `forkedServer()`: it takes its settings from the
 * first message and answers each later one.
 */

import { type ServeOptions, type Server, serve } from 'rsgi';
import { mixedApp } from './mixed-app.ts';
import { routesApp } from './routes-app.ts';

let servers: Server[] = [];
let peak = 0;
const { app: routes, seen } = routesApp();
const app = process.argv.includes('mixed') ? mixedApp(routes) : routes;

setInterval(() => {
	peak = Math.max(peak, process.memoryUsage.rss());
}, 20).unref();

process.on('message', (message: { what: string; options?: ServeOptions[] }) => {
	void answer(message).then((reply) => process.send?.(reply));
});

async function answer(message: { what: string; options?: ServeOptions[] }): Promise<unknown> {
	switch (message.what) {
		case 'serve':
			servers = await Promise.all((message.options ?? []).map((options) => serve(app, { log: () => {}, ...options })));
			return servers.map((server) => server.url);
		case 'baseline':
			for (let round = 0; round < 3; round++) globalThis.gc?.();
			peak = process.memoryUsage.rss();
			return peak;
		case 'peak':
			return peak;
		case 'heap': {
			// What the application notes for tests is not the server's memory.
			seen.outcomes.length = 0;
			seen.urgencies.length = 0;
			// Finalizers of sockets run between collections.
			for (let round = 0; round < 3; round++) {
				globalThis.gc?.();
				await new Promise((resolve) => setTimeout(resolve, 50));
			}
			const { heapUsed, external } = process.memoryUsage();
			return { bytes: heapUsed + external, handles: process.getActiveResourcesInfo().length };
		}
		case 'settled': {
			for (let round = 0; round < 3; round++) globalThis.gc?.();
			return process.memoryUsage.rss();
		}
		case 'connections':
			return servers.reduce((sum, server) => sum + server.connections, 0);
		case 'outcomes':
			return seen.outcomes;
		case 'close':
			await Promise.all(servers.map((server) => server.close()));
			return 'closed';
		default:
			throw new Error(`unknown message ${message.what}`);
	}
}
