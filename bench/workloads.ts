/** What is measured: each workload is one command of a load generator, and one figure read from it. */

import type { Protocol, Task } from './contestants.ts';
import { fixedRate } from './latency.ts';
import { h2load, type Load, wrk } from './load.ts';
import { held } from './memory.ts';
import { client, readyClient } from './own-client.ts';
import type { Workload } from './report/results.ts';
import type { ServerProcess } from './server-process.ts';
import type { Workers } from './wsgi-contestants.ts';

/** One figure of one run. */
export interface Figure {
	readonly value: number;
	/** That of the workload's companion. */
	readonly companion?: number;
	/** Processor time of the server, in seconds, where it is not that of the whole run. */
	readonly cpuSeconds?: number;
	/** What the processor time of the run is divided by; 0 where it says nothing. */
	readonly per: number;
}

/** A workload that can be run. */
export interface Runnable extends Workload {
	readonly protocol: Protocol;
	readonly task: Task;
	/** How many processes and threads run an application of Python. */
	readonly workers?: Workers;
	/** Each run has a new server: for memory. */
	readonly isFresh?: true;
	/** Another figure of the same runs. */
	readonly companion?: Workload;
	run(server: ServerProcess, seconds: number): Promise<Figure>;
}

const MIB = 1_048_576;
/** What a transfer moves in one run, in octets. */
const TRANSFER = 400 * MIB;

/** The head of a request as Chromium sends it: 15 field lines, two of them long cookies. */
export const BROWSER_FIELDS: readonly string[] = [
	'sec-ch-ua: "Chromium";v="156", "Not)A;Brand";v="8"',
	'sec-ch-ua-mobile: ?0',
	'sec-ch-ua-platform: "Linux"',
	'upgrade-insecure-requests: 1',
	'user-agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36',
	'accept: text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,image/apng,*/*;q=0.8',
	'sec-fetch-site: same-origin',
	'sec-fetch-mode: navigate',
	'sec-fetch-user: ?1',
	'sec-fetch-dest: document',
	'referer: https://www.example.com/articles/2026/11/a-page-with-a-long-name?from=feed',
	'accept-encoding: gzip, deflate, br, zstd',
	'accept-language: en-GB,en;q=0.9,de;q=0.8',
	'cookie: session=4f6a2c9d8e1b7a3f5c0d9e8b7a6f5e4d3c2b1a09; theme=dark; consent=necessary%2Canalytics',
	'cookie: _id=GA1.2.1234567890.1700000000; cart=eyJpdGVtcyI6W3siaWQiOjQyLCJxdHkiOjF9XX0',
];

const TITLES: Readonly<Record<Protocol, string>> = {
	h1: 'HTTP/1.1',
	h1s: 'HTTP/1.1 over TLS',
	h2c: 'HTTP/2',
	h2: 'HTTP/2 over TLS',
};

function url(server: ServerProcess, path: string): string {
	const { protocol, port } = server.start;
	return `${protocol === 'h1' || protocol === 'h2c' ? 'http' : 'https'}://127.0.0.1:${port}${path}`;
}

function rate(load: Load): Figure {
	return { value: load.requests / load.seconds, per: load.requests };
}

function h2loadHello(
	id: string,
	protocol: Protocol,
	options: readonly string[],
	more: Partial<Runnable> = {},
	path = '/hello',
): Runnable {
	const version = protocol === 'h1' || protocol === 'h1s' ? ['--h1'] : [];
	return {
		id,
		title: `${TITLES[protocol]}, h2load ${options.filter((option) => !option.startsWith('-H') && !option.includes(': ')).join(' ')}`,
		command: `h2load ${[...version, ...options].filter((option) => !option.includes(': ') && option !== '-H').join(' ')} ${path}`,
		group: 'Hello',
		unit: 'requests/s',
		better: 'more',
		protocol,
		task: 'hello',
		run: async (server, seconds) =>
			rate(await h2load([...version, ...options, `-D${seconds}`], url(server, path), seconds + 9)),
		...more,
	};
}

function wrkHello(id: string, title: string, options: readonly string[], more: Partial<Runnable> = {}): Runnable {
	return {
		id,
		title,
		command: `wrk -t1 ${options.join(' ')} /hello`,
		group: 'Hello',
		unit: 'requests/s',
		better: 'more',
		protocol: 'h1',
		task: 'hello',
		run: async (server, seconds) => rate(await wrk(['-t1', ...options, `-d${seconds}s`], url(server, '/hello'))),
		...more,
	};
}

const browser = BROWSER_FIELDS.flatMap((field) => ['-H', field]);

function hello(): readonly Runnable[] {
	const all: Runnable[] = [
		h2loadHello('hello-h1-c64', 'h1', ['-c64']),
		h2loadHello('hello-h1-c256', 'h1', ['-c256']),
		wrkHello('hello-h1-wrk', 'HTTP/1.1, wrk -c64', ['-c64']),
	];
	for (const protocol of ['h2c', 'h2'] as const) {
		all.push(
			h2loadHello(`hello-${protocol}-m32`, protocol, ['-c64', '-m32']),
			h2loadHello(`hello-${protocol}-m1`, protocol, ['-c64', '-m1']),
			// By a number of requests: in a second, slow servers answer none of 25,600 at once to its end.
			h2loadHello(`hello-${protocol}-m100`, protocol, ['-c256', '-m100', '-n128000'], {
				run: async (server) => rate(await h2load(['-c256', '-m100', '-n128000'], url(server, '/hello'))),
			}),
		);
	}
	const group = { group: 'Hello with the request head of a browser' };
	all.push(
		h2loadHello('browser-h1-c64', 'h1', ['-c64', ...browser], group),
		h2loadHello('browser-h2c-m32', 'h2c', ['-c64', '-m32', ...browser], group),
		h2loadHello('browser-h2c-m1', 'h2c', ['-c64', '-m1', ...browser], group),
		h2loadHello('browser-h2-m32', 'h2', ['-c64', '-m32', ...browser], group),
	);
	return all;
}

function nodeApplications(): readonly Runnable[] {
	const node = { group: 'Applications for node:http', task: 'node' } as const;
	return [h2loadHello('node-h1-c64', 'h1', ['-c64'], node), h2loadHello('node-h2c-m32', 'h2c', ['-c64', '-m32'], node)];
}

function fetches(): readonly Runnable[] {
	const fetch = { group: 'Fetch handlers', task: 'fetch' } as const;
	const hono = { group: 'Hono', task: 'hono' } as const;
	return [
		// By wrk: h2load takes no status line without a reason phrase, as srvx sends it.
		wrkHello('fetch-h1', 'HTTP/1.1, wrk -c64', ['-c64'], fetch),
		wrkHello('fetch-browser-h1', 'HTTP/1.1, wrk -c64, with the request head of a browser', ['-c64', ...browser], {
			...fetch,
			command: 'wrk -t1 -c64 /hello',
		}),
		h2loadHello('hono-h1-c64', 'h1', ['-c64'], hono),
		h2loadHello('hono-h2c-m32', 'h2c', ['-c64', '-m32'], hono),
	];
}

/** By processor time, which says it even where the load generator is slower than the server. */
function escapes(): readonly Runnable[] {
	const loads = [
		['h1', ['--h1', '-c32']],
		['h2c', ['-c8', '-m32']],
	] as const;
	return loads.map(([protocol, options]): Runnable => {
		const command = `h2load ${options.join(' ')}`;
		return {
			id: `escape-${protocol}`,
			title: `${TITLES[protocol]}, a hello by the application itself, and by one that its handler escapes to`,
			command: `${command} /hello, or /escaped`,
			group: 'Escapes',
			unit: 'µs of processor time of the server for a request',
			better: 'less',
			protocol,
			task: 'escape',
			run: async (server, seconds) => {
				const before = server.cpuSeconds();
				const { requests } = await h2load(
					[...options, `-D${seconds}`],
					url(server, server.contestant.path ?? '/hello'),
					seconds + 9,
				);
				return { value: ((server.cpuSeconds() - before) * 1e6) / requests, per: 0 };
			},
		};
	});
}

/** By wrk: servers that close a connection after each answer can be measured, too. */
function python(): readonly Runnable[] {
	const shapes: readonly Workers[] = [
		{ processes: 1, threads: 1 },
		{ processes: 1, threads: 4 },
		{ processes: 2, threads: 4 },
	];
	const pages = [
		['hello', 'hello'],
		['page', 'a page of 10 kB from a template'],
	] as const;
	return shapes.flatMap((workers) =>
		pages.map(([path, what]): Runnable => {
			const { processes, threads } = workers;
			return {
				...wrkHello(`wsgi-${path}-${processes}x${threads}`, `${what}, ${processes} × ${threads}`, ['-c64']),
				command: `wrk -t1 -c64 /${path}`,
				group: 'WSGI, processes × threads',
				task: `wsgi-${path}`,
				workers,
				run: async (server, seconds) => rate(await wrk(['-t1', '-c64', `-d${seconds}s`], url(server, `/${path}`))),
			};
		}),
	);
}

function bodies(): readonly Runnable[] {
	const sizes = [
		[1024, '1 KiB'],
		[65_536, '64 KiB'],
		[MIB, '1 MiB'],
	] as const;
	return sizes.flatMap(([size, name]) =>
		(['h1', 'h2c', 'h2'] as const).map((protocol) =>
			h2loadHello(
				`bytes-${name.replace(' ', '').toLowerCase()}-${protocol}`,
				protocol,
				protocol === 'h1' ? ['-c16'] : ['-c16', '-m4', '-w24', '-W26'],
				{ group: `Responses of ${name}`, task: 'bytes' },
				`/bytes/${size}`,
			),
		),
	);
}

function transfers(): readonly Runnable[] {
	const all: Runnable[] = [];
	for (const protocol of ['h1', 'h2c', 'h2'] as const) {
		for (const streams of [1, 16]) {
			for (const direction of ['down', 'up', 'echo'] as const) {
				const octets = 100 * MIB;
				const each = octets / streams;
				const requests = (TRANSFER / octets) * streams;
				const path = direction === 'down' ? `/bytes/${each}` : direction === 'up' ? '/upload' : '/echo';
				const parallel = protocol === 'h1' ? ['--h1', `-c${streams}`] : ['-c1', `-m${streams}`, '-w24', '-W28'];
				const task = direction === 'down' ? 'bytes' : direction === 'up' ? 'upload' : 'echo';
				const title = { down: 'download', up: 'upload', echo: 'echo' }[direction];
				all.push({
					id: `${direction}-${protocol}-${streams}`,
					title: `${TITLES[protocol]}, ${title} of 100 MiB, ${streams === 1 ? 'one stream' : `${streams} streams`}`,
					command: `h2load ${parallel.join(' ')} -n${requests}${direction === 'down' ? '' : ` -d FILE-OF-${each}-OCTETS`} ${path}`,
					group: 'Transfers of 100 MiB',
					unit: 'MiB/s',
					better: 'more',
					protocol,
					task,
					run: async (server) => {
						const content = direction === 'down' ? [] : ['-d', `${server.start.root}/bytes/${each}`];
						const load = await h2load([...parallel, `-n${requests}`, ...content], url(server, path));
						if (load.requests !== requests) throw new Error(`${load.requests} of ${requests} transfers were whole`);
						return { value: TRANSFER / MIB / load.seconds, per: TRANSFER / MIB };
					},
				});
			}
		}
	}
	return all;
}

function connections(): readonly Runnable[] {
	const all: Runnable[] = (['h1', 'h1s'] as const).map((protocol) => ({
		...wrkHello(`connections-${protocol}`, `${TITLES[protocol]}, a connection a request`, [
			'-c64',
			"-H 'Connection: close'",
		]),
		group: 'New connections',
		unit: 'connections/s',
		protocol,
		run: async (server, seconds) =>
			rate(await wrk(['-t1', '-c64', '-H', 'Connection: close', `-d${seconds}s`], url(server, '/hello'))),
	}));
	for (const protocol of ['h2c', 'h2'] as const) {
		all.push(
			h2loadHello(`connections-${protocol}`, protocol, ['-c2000', '-n2000', '-m1'], {
				title: `${TITLES[protocol]}, 2,000 connections that are opened at once, with a request each`,
				group: 'New connections',
				unit: 'connections/s',
				run: async (server) => rate(await h2load(['-c2000', '-n2000', '-m1'], url(server, '/hello'))),
			}),
		);
	}
	return all;
}

function latencies(): readonly Runnable[] {
	return (['h1', 'h2c', 'h2'] as const).map((protocol): Runnable => {
		const percentile = (name: 'p50' | 'p99'): Workload => ({
			id: `latency-${protocol}-${name}`,
			title: `${TITLES[protocol]}, ${name} at 20,000 requests/s`,
			command: 'clients/fixed-rate.ts --connections 64 --rate 20000',
			group: 'Latency at a fixed rate',
			unit: 'µs',
			better: 'less',
		});
		return {
			...percentile('p50'),
			companion: percentile('p99'),
			protocol,
			task: 'hello',
			run: (server, seconds) => fixedRate(server, Math.max(seconds, 2)),
		};
	});
}

function memory(): readonly Runnable[] {
	const idle = (['h1', 'h2c', 'h2'] as const).map(
		(protocol): Runnable => ({
			id: `idle-${protocol}`,
			title: `${TITLES[protocol]}, an idle connection of 10,000`,
			command: 'clients/hold.ts --connections 10000',
			group: 'Resident memory',
			unit: 'KiB',
			better: 'less',
			protocol,
			task: 'hello',
			isFresh: true,
			run: (server) => held(server, 10_000, 0),
		}),
	);
	const open = (['h2c', 'h2'] as const).map(
		(protocol): Runnable => ({
			id: `open-${protocol}`,
			title: `${TITLES[protocol]}, an open stream of 10,000 on 100 connections`,
			command: 'clients/hold.ts --connections 100 --streams 100',
			group: 'Resident memory',
			unit: 'KiB',
			better: 'less',
			protocol,
			task: 'hold',
			isFresh: true,
			run: (server) => held(server, 100, 100),
		}),
	);
	return [...idle, ...open];
}

function scaling(): readonly Runnable[] {
	const all: Runnable[] = [];
	for (const protocol of ['h1', 'h2c'] as const) {
		for (const at of [1, 100, 10_000]) {
			const streams = protocol === 'h1' ? [] : ['-m1'];
			all.push(
				h2loadHello(`connections-${at}-${protocol}`, protocol, [`-c${at}`, ...streams], {
					group: 'Scaling',
					scaling: { family: `${TITLES[protocol]}, by connections`, axis: 'connections', at },
					run: async (server, seconds) => {
						// Ten thousand connections take their time to open; that is not what is measured, nor its processor time.
						const isMany = at > 1000;
						const options = [
							...(protocol === 'h1' ? ['--h1'] : []),
							`-c${at}`,
							...streams,
							`-D${isMany ? seconds + 2 : seconds}`,
						];
						if (isMany) options.push('--warm-up-time=4');
						const { value, per } = rate(await h2load(options, url(server, '/hello'), seconds + 40));
						return { value, per: isMany ? 0 : per };
					},
				}),
			);
		}
	}
	for (const at of [1, 10, 100]) {
		all.push(
			h2loadHello(`streams-${at}-h2c`, 'h2c', ['-c16', `-m${at}`], {
				group: 'Scaling',
				scaling: { family: 'HTTP/2, by streams of each of 16 connections', axis: 'streams', at },
			}),
		);
	}
	return all;
}

const PUSH_OPTIONS: readonly string[] = ['--path', '/push', '--connections', '16', '--streams', '10'];

const push: Runnable = {
	id: 'push-h2c',
	title: 'HTTP/2, a response and one pushed with it',
	command: `clients/push.ts ${PUSH_OPTIONS.join(' ')}`,
	group: 'Push',
	unit: 'requests/s',
	better: 'more',
	protocol: 'h2c',
	task: 'push',
	run: async (server, seconds) => {
		const requests = String(10_000 * seconds);
		const done = await client('push', server, [...PUSH_OPTIONS, '--requests', requests]);
		return { value: done.requests / done.seconds, per: done.requests };
	},
};

function webSocketRun(id: string, title: string, options: readonly string[], unit: string, task: Task): Runnable {
	return {
		id,
		title,
		command: `clients/websocket.ts ${options.join(' ')}`,
		group: 'WebSocket',
		unit,
		better: 'more',
		protocol: 'h1',
		task,
		run: async (server, seconds) => {
			const done = await readyClient('websocket', server, [...options, '--seconds', String(seconds)]);
			return { value: done.requests / done.seconds, cpuSeconds: done.cpuSeconds, per: done.requests };
		},
	};
}

/** Octets of a message, its name, and how many of them are ahead of their echoes on each socket. */
const ECHOES: readonly (readonly [size: number, name: string, ahead: number])[] = [
	[32, '32 octets', 1],
	[32, '32 octets', 16],
	[65_536, '64 KiB', 1],
];

function webSockets(): readonly Runnable[] {
	const all: Runnable[] = [];
	for (const [size, name, ahead] of ECHOES) {
		for (const connections of [64, 512, 4096]) {
			const options = ['--connections', String(connections), '--size', String(size), '--ahead', String(ahead)];
			const title = `echo of ${name}, ${connections} sockets with ${ahead === 1 ? 'one message' : `${ahead} messages`} each`;
			const id = `ws-echo-${size}${ahead === 1 ? '' : `-m${ahead}`}-c${connections}`;
			all.push(webSocketRun(id, title, options, 'messages/s', 'websocket'));
		}
	}
	const broadcast = ['--path', '/broadcast', '--connections', '1000', '--size', '64'];
	const title = 'a message of 64 octets to 1,000 subscribers';
	all.push(webSocketRun('ws-broadcast', title, broadcast, 'deliveries/s', 'broadcast'));
	all.push({
		id: 'ws-idle',
		title: 'an idle socket of 10,000',
		command: 'clients/websocket.ts --connections 10000 --hold',
		group: 'WebSocket',
		unit: 'KiB',
		better: 'less',
		protocol: 'h1',
		task: 'websocket',
		isFresh: true,
		run: (server) => held(server, 10_000, 0, 'websocket'),
	});
	return all;
}

/** All that can be run, in the order of the report. */
export const RUNNABLES: readonly Runnable[] = [
	...hello(),
	...nodeApplications(),
	...fetches(),
	...escapes(),
	...python(),
	...bodies(),
	...transfers(),
	push,
	...connections(),
	...latencies(),
	...memory(),
	...scaling(),
	...webSockets(),
];

/** All that is measured, in the same order. */
export const WORKLOADS: readonly Workload[] = RUNNABLES.flatMap((one) =>
	one.companion ? [one, one.companion] : [one],
);
