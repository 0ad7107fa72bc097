/** What rsgi means to reach, as ratios in one run. */
import { CONTESTANTS } from './contestants.ts';
import type { Target } from './report/results.ts';
import { RUNNABLES, WORKLOADS } from './workloads.ts';
import { WSGI_CONTESTANTS } from './wsgi-contestants.ts';

const STREAM = 'node:http2 stream';

/** At least as good as node:http or node:http2 by its faster API, in everything but where more is promised. */
const notBehind: readonly Target[] = WORKLOADS.filter(
	({ group }) => !/^(?:Hello|Fetch|Hono|Applications|Escapes|WebSocket|WSGI)/.test(group),
).map((workload) => ({
	workload: workload.id,
	against: /-h1s?\b/.test(workload.id) ? 'node:http' : STREAM,
	atLeast: 1,
}));

/** Twice as fast as gunicorn, and not more than a tenth behind the fastest. */
const python: readonly Target[] = RUNNABLES.flatMap(({ id, workers }) =>
	workers === undefined
		? []
		: WSGI_CONTESTANTS.filter(({ fits }) => fits?.(workers) !== false).map(({ name }) => ({
				workload: id,
				against: name,
				atLeast: name.startsWith('gunicorn') ? 2 : 0.9,
			})),
);

/** All of them. */
export const TARGETS: readonly Target[] = [
	{ workload: 'hello-h2c-m32', against: STREAM, atLeast: 6 },
	{ workload: 'hello-h2c-m32', against: 'nghttpd', atLeast: 1.2 },
	{ workload: 'hello-h2-m32', against: STREAM, atLeast: 6 },
	{ workload: 'hello-h2-m32', against: 'nghttpd', atLeast: 1 },
	{ workload: 'hello-h2c-m1', against: STREAM, atLeast: 1.4 },
	{ workload: 'hello-h2-m1', against: STREAM, atLeast: 1.4 },
	{ workload: 'hello-h1-c64', against: 'node:http', atLeast: 1.35 },
	{ workload: 'hello-h1-c64', against: 'Bun.serve', atLeast: 1 },
	{ workload: 'hello-h1-c64', against: 'bare net', atLeast: 0.9 },
	{ workload: 'hello-h1-wrk', against: 'node:http', atLeast: 1.35 },
	{ workload: 'hello-h1-wrk', against: 'Bun.serve', atLeast: 1 },
	{ workload: 'hello-h1-wrk', against: 'bare net', atLeast: 0.9 },
	...['hello-h1-c64', 'hello-h2c-m32', 'hello-h2c-m1'].flatMap((workload): Target[] => [
		{ workload, of: 'rsgi gateway', against: 'rsgi', atLeast: 0.75 },
		{ workload, of: 'rsgi text', against: 'rsgi gateway', atLeast: 0.9 },
	]),
	{ workload: 'node-h1-c64', of: 'listener on rsgi', against: 'listener on node:http', atLeast: 1 },
	{ workload: 'node-h1-c64', of: 'Express on rsgi', against: 'Express on node:http', atLeast: 1 },
	{ workload: 'node-h1-c64', of: 'Fastify on rsgi', against: 'Fastify on node', atLeast: 1 },
	{ workload: 'node-h2c-m32', of: 'listener on rsgi', against: 'listener on node:http2', atLeast: 2 },
	{ workload: 'node-h2c-m32', of: 'Fastify on rsgi', against: 'Fastify on node', atLeast: 2 },
	{ workload: 'fetch-h1', of: 'rsgi fetch', against: '@hono/node-server', atLeast: 1.4 },
	{ workload: 'fetch-h1', of: 'rsgi fetch', against: 'srvx', atLeast: 1.4 },
	{ workload: 'hono-h1-c64', of: 'Hono on rsgi', against: 'Hono on node', atLeast: 1.4 },
	{ workload: 'hono-h2c-m32', of: 'Hono on rsgi', against: 'Hono on node', atLeast: 4 },
	// An escaped hello costs at most 15% more than the plain one: 1 / 1.15.
	...WORKLOADS.filter(({ group }) => group === 'Escapes').flatMap(({ id }) =>
		CONTESTANTS.filter(({ name }) => name.startsWith('escaped ')).map(
			({ name }): Target => ({ workload: id, of: name, against: name.replace('escaped', 'plain'), atLeast: 0.87 }),
		),
	),
	...WORKLOADS.filter(({ group }) => group === 'WebSocket').map(
		({ id }): Target => ({ workload: id, against: 'ws', atLeast: id === 'ws-idle' ? 1 : 1.5 }),
	),
	...python,
	...notBehind,
];
