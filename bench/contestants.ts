/** Who is compared: how each server is started, and what of the work it can do. */
import { fileURLToPath } from 'node:url';
import { type Workers, WSGI_CONTESTANTS, wsgiOnRsgi } from './wsgi-contestants.ts';

/** How a client talks to a server: HTTP/1.1 or HTTP/2, in plain text or over TLS. */
export type Protocol = 'h1' | 'h1s' | 'h2c' | 'h2';

/** What a server can answer. */
export type Task =
	| 'hello'
	| 'bytes'
	| 'upload'
	| 'echo'
	| 'push'
	| 'hold'
	| 'fetch'
	| 'hono'
	| 'node'
	| 'websocket'
	| 'escape'
	| 'broadcast'
	| 'wsgi-hello'
	| 'wsgi-page';

/** What a start needs. */
export interface Start {
	readonly port: number;
	readonly protocol: Protocol;
	/** Where it runs an application of Python: how many processes and threads. */
	readonly workers: Workers | null;
	readonly cert: string;
	readonly key: string;
	/** A folder with the content as files, for servers of files. */
	readonly root: string;
	/** A folder for configuration. */
	readonly scratch: string;
}

/** A server of the comparison. */
export interface Contestant {
	readonly name: string;
	readonly protocols: readonly Protocol[];
	readonly tasks: readonly Task[];
	/** The command line. */
	command(start: Start): readonly string[];
	/** Files to write before it starts, by path. */
	files?(start: Start): Readonly<Record<string, string>>;
	/** The command line that prints its version. */
	readonly version: readonly string[];
	/** The groups of workloads it stays out of, where its figures would say nothing new, to keep the run short. */
	readonly skips?: readonly string[];
	/** Whether it can have so many processes and threads; where it says nothing it can have any. */
	fits?(workers: Workers): boolean;
	/** Set where it does not send Date, which is demanded of all others. */
	readonly lacksDate?: true;
	/** Set where it is no HTTP server but a measure of the limit: nothing of it is checked but the answer. */
	readonly isLimit?: true;
	/** What it is asked for in place of /hello. */
	readonly path?: string;
}

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
const NODE = here('../node_modules/.bin/node');
const BUN = here('node_modules/.bin/bun');
const DENO = here('node_modules/.bin/deno');
const NODE_VERSION = [NODE, '--version'];
const RSGI_VERSION = [NODE, '-p', `require(${JSON.stringify(here('../package.json'))}).version`];

function script(runtime: readonly string[], file: string, start: Start): readonly string[] {
	const tls = start.protocol === 'h1s' || start.protocol === 'h2' ? ['--cert', start.cert, '--key', start.key] : [];
	const http2 = start.protocol === 'h2' || start.protocol === 'h2c' ? ['--http2'] : [];
	return [...runtime, here(`servers/${file}.ts`), '--port', String(start.port), ...http2, ...tls];
}

/** What runs applications for node:http. */
const NODE_SERVERS: readonly (readonly [name: string, file: string, protocols: readonly Protocol[]])[] = [
	['listener on rsgi', 'rsgi-listener', ['h1', 'h2c']],
	['Express on rsgi', 'rsgi-express', ['h1', 'h2c']],
	['Express on node:http', 'express', ['h1']],
	['Fastify on rsgi', 'rsgi-fastify', ['h1', 'h2c']],
	['Fastify on node', 'fastify', ['h1', 'h2c']],
	['listener on node:http', 'node-http', ['h1']],
	['listener on node:http2', 'node-http2-compat', ['h2c']],
];

const LATENCY = 'Latency at a fixed rate';
const SLOW_GROUPS: readonly string[] = ['Scaling', 'Resident memory', LATENCY];
const ALL: readonly Task[] = ['hello', 'bytes', 'upload', 'echo', 'push', 'hold'];
const SOCKETS: readonly Task[] = ['websocket', 'broadcast'];
const NO_PUSH: readonly Task[] = ['hello', 'bytes', 'upload', 'echo', 'hold'];

const NODE_RUN = [NODE];
const BUN_RUN = [BUN, 'run'];
const DENO_RUN = [DENO, 'run', '--no-config', '--no-lock', '--allow-net', '--allow-read'];

/** The command line that prints the version of an installed package. */
function installed(name: string): readonly string[] {
	return [NODE, '-p', `require(${JSON.stringify(here(`node_modules/${name}/package.json`))}).version`];
}

/** What runs a fetch handler, and Hono. */
const FETCH_SERVERS: readonly (readonly [string, readonly Task[], string, readonly string[], Partial<Contestant>?])[] =
	[
		['rsgi fetch', ['fetch'], 'rsgi-fetch', NODE_RUN, { version: RSGI_VERSION }],
		['@hono/node-server', ['fetch'], 'node-server', NODE_RUN, { version: installed('@hono/node-server') }],
		['srvx', ['fetch'], 'srvx', NODE_RUN, { version: installed('srvx') }],
		['Bun.serve fetch', ['fetch'], 'bun-fetch', BUN_RUN],
		['Bun.serve routes', ['fetch'], 'bun-routes', BUN_RUN],
		['Deno.serve fetch', ['fetch'], 'deno-fetch', DENO_RUN],
		['Hono on rsgi', ['hono'], 'rsgi-hono', NODE_RUN, { protocols: ['h1', 'h2c'] }],
		['Hono on node', ['hono'], 'node-server-hono', NODE_RUN, { protocols: ['h1', 'h2c'] }],
		['Hono on Bun.serve', ['hono'], 'bun-hono', BUN_RUN],
	];

/** Applications of which a handler escapes, where each layer and framework has one: set beside what they answer by themselves. */
const ESCAPING: readonly (readonly [name: string, site: string, version: readonly string[]])[] = [
	['gateway', 'gateway', RSGI_VERSION],
	['middleware', 'middleware', RSGI_VERSION],
	['fetch', 'fetch', RSGI_VERSION],
	['Hono', 'hono', installed('hono')],
	['listener', 'listener', NODE_VERSION],
	['Express', 'express', installed('express')],
	['Fastify', 'fastify', installed('fastify')],
];

/** All of them; the first is ours. */
export const CONTESTANTS: readonly Contestant[] = [
	{
		name: 'rsgi',
		protocols: ['h1', 'h1s', 'h2c', 'h2'],
		// To set beside the layers above it.
		tasks: [...ALL, ...SOCKETS, 'fetch', 'hono', 'node', 'escape', 'wsgi-hello', 'wsgi-page'],
		command: (start) =>
			start.workers === null
				? script([NODE], 'rsgi', start)
				: wsgiOnRsgi([NODE, here('../dist/cli/main.js')], start.port, start.workers),
		version: [
			NODE,
			'-p',
			`require(${JSON.stringify(here('../package.json'))}).version + ' on Node.js ' + process.version`,
		],
	},
	...(['gateway', 'text'] as const).map(
		(layer): Contestant => ({
			name: `rsgi ${layer}`,
			protocols: ['h1', 'h2c'],
			tasks: ['hello'],
			skips: [...SLOW_GROUPS, 'New connections', 'Hello with the request head of a browser'],
			command: (start) => script([NODE], `rsgi-${layer}`, start),
			version: RSGI_VERSION,
		}),
	),
	{
		name: 'node:http',
		protocols: ['h1', 'h1s'],
		tasks: NO_PUSH,
		command: (start) => script([NODE], 'node-http', start),
		version: NODE_VERSION,
	},
	{
		name: 'node:http2 stream',
		protocols: ['h2c', 'h2'],
		tasks: ALL,
		command: (start) => script([NODE], 'node-http2-stream', start),
		version: NODE_VERSION,
	},
	{
		name: 'node:http2 compat',
		protocols: ['h2c', 'h2'],
		tasks: ALL,
		skips: SLOW_GROUPS,
		command: (start) => script([NODE], 'node-http2-compat', start),
		version: NODE_VERSION,
	},
	{
		name: 'Fastify',
		protocols: ['h1', 'h1s', 'h2c', 'h2'],
		tasks: ['hello'],
		skips: [...SLOW_GROUPS, 'New connections'],
		command: (start) => script([NODE], 'fastify', start),
		version: installed('fastify'),
	},
	...NODE_SERVERS.map(
		([name, file, protocols]): Contestant => ({
			name,
			protocols,
			tasks: ['node'],
			command: (start) => script([NODE], file, start),
			version: NODE_VERSION,
		}),
	),
	{
		name: 'ws',
		protocols: ['h1'],
		tasks: SOCKETS,
		command: (start) => script([NODE], 'ws', start),
		version: installed('ws'),
	},
	{
		name: 'Bun.serve',
		protocols: ['h1', 'h1s'],
		tasks: [...NO_PUSH, ...SOCKETS],
		command: (start) => script(BUN_RUN, 'bun', start),
		version: [BUN, '--version'],
	},
	{
		name: 'Deno.serve',
		protocols: ['h1', 'h1s', 'h2c', 'h2'],
		tasks: NO_PUSH,
		skips: ['Scaling', LATENCY],
		command: (start) => script(DENO_RUN, 'deno', start),
		version: [DENO, '--version'],
	},
	...FETCH_SERVERS.map(
		([name, tasks, file, runtime, more]): Contestant => ({
			name,
			protocols: ['h1'],
			tasks,
			command: (start) => script(runtime, file, start),
			version: runtime === NODE_RUN ? installed('hono') : [runtime[0] as string, '--version'],
			...more,
		}),
	),
	...ESCAPING.flatMap(([layer, site, version]) =>
		(['plain', 'escaped'] as const).map(
			(way): Contestant => ({
				name: `${way} ${layer}`,
				protocols: ['h1', 'h2c'],
				tasks: ['escape'],
				command: (start) => ['env', `SITE=${site}`, ...script([NODE], 'rsgi-escaped', start)],
				version,
				path: way === 'escaped' ? '/escaped' : '/hello',
			}),
		),
	),
	...WSGI_CONTESTANTS,
	{
		name: 'nghttpd',
		protocols: ['h2c', 'h2'],
		tasks: ['hello', 'bytes', 'echo', 'push'],
		command: ({ port, protocol, root, cert, key }) => [
			'nghttpd',
			'--address=127.0.0.1',
			`--htdocs=${root}`,
			'--echo-upload',
			'--push=/push=/pushed',
			'--max-concurrent-streams=1000',
			...(protocol === 'h2c' ? ['--no-tls', String(port)] : [String(port), key, cert]),
		],
		version: ['nghttpd', '--version'],
	},
	{
		name: 'h2o',
		protocols: ['h1', 'h1s', 'h2c', 'h2'],
		tasks: ['hello', 'bytes'],
		skips: ['Scaling'],
		command: ({ scratch, port }) => ['h2o', '-c', `${scratch}/h2o-${port}.yaml`],
		files: ({ port, protocol, root, scratch, cert, key }) => ({
			[`${scratch}/h2o-${port}.yaml`]: [
				'num-threads: 1',
				'max-connections: 20000',
				'user: root',
				`pid-file: ${scratch}/h2o-${port}.pid`,
				'listen:',
				'  host: 127.0.0.1',
				`  port: ${port}`,
				...(protocol === 'h2' || protocol === 'h1s'
					? ['  ssl:', `    certificate-file: ${cert}`, `    key-file: ${key}`]
					: []),
				'hosts:',
				'  default:',
				'    paths:',
				'      /:',
				`        file.dir: ${root}`,
				'file.mime.setdefaulttype: text/plain',
				'',
			].join('\n'),
		}),
		version: ['h2o', '--version'],
	},
	{
		name: 'bare net',
		protocols: ['h1'],
		tasks: ['hello', 'bytes', 'upload', 'websocket'],
		skips: SLOW_GROUPS,
		command: (start) => script([NODE], 'net', start),
		version: NODE_VERSION,
		isLimit: true,
	},
];
