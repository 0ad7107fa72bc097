/**
 * What stands where Node has an http.Server: applications hang listeners on it, and let it listen. It tells of requests as
 * that does, and of nothing that happens on sockets.
 */
import { EventEmitter } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { nodeToRich } from '../../adapter/node-to-rich.ts';
import { type NodeApp, type NodeFunction, node } from '../../layer/node/app.ts';
import type { NodeFramework } from '../../layer/node/framework.ts';
import type { RichHooks } from '../../rich/app.ts';
import { isThenable } from '../../rich/thenable.ts';
import { Misuse } from '../../wire/fault.ts';
import { type Server, serve } from './serve.ts';
import type { ServeOptions } from './serve-options.ts';

/** Where to listen, in the words of Node. */
export interface NodeListenOptions {
	readonly port?: number | string | undefined;
	readonly host?: string | undefined;
	readonly path?: string | undefined;
	readonly backlog?: number | undefined;
	readonly signal?: AbortSignal | undefined;
}

/** Where it listens, in the words of Node. */
export type NodeAddress = { readonly address: string; readonly family: string; readonly port: number } | string | null;

/** A server of ours, by the members that applications use of Node's. */
export class NodeServer extends EventEmitter implements RichHooks {
	/** Nothing is done with these, which frameworks set: limits and deadlines are options of `nodeServer()`, in our terms. */
	timeout = 0;
	keepAliveTimeout = 0;
	keepAliveTimeoutBuffer = 0;
	headersTimeout = 0;
	requestTimeout = 0;
	maxConnections = 0;
	maxHeadersCount: number | null = null;
	maxRequestsPerSocket: number | null = null;
	readonly start: RichHooks['start'];
	readonly stop: RichHooks['stop'];
	readonly protocols: readonly string[];
	readonly #options: ServeOptions;
	/** What the application has returned to the request that is being told. */
	#returned: unknown;
	#server: Promise<Server> | null = null;
	#listening: Server | null = null;
	#closing = false;

	constructor(app: NodeApp | null, options: ServeOptions) {
		super();
		this.#options = options;
		this.start = app?.start;
		this.stop = app?.stop;
		// WebSockets come over HTTP/2 where they are declared, and who will listen for them is not known yet.
		this.protocols = app?.protocols ?? ['websocket'];
		if (app === null) return;
		this.on('request', (request: IncomingMessage, response: ServerResponse) => {
			this.#returned = app(request, response);
		});
	}

	/** Runs what tells of a request, and gives the promise of the application, if it has given one. */
	returned(tell: () => void): unknown {
		const outer = this.#returned;
		this.#returned = undefined;
		try {
			tell();
			return isThenable(this.#returned) ? this.#returned : undefined;
		} finally {
			this.#returned = outer;
		}
	}

	/** Whether it listens. */
	get listening(): boolean {
		return this.#listening !== null;
	}

	/** Where it listens, or null. */
	address(): NodeAddress {
		const address = this.#listening?.address;
		if (address === undefined) return null;
		if (address.family === 'unix') return address.path;
		return { address: address.address, family: address.family, port: address.port };
	}

	/**
	 * Listens, in any of the forms that Node has: `listen(port, host, backlog, listener)`, with any but the first left out,
	 * `listen(path, listener)` and `listen({ port, host, path, backlog, signal }, listener)`. Tells `listening`, or `error`.
	 * Without a host it is that of the options, or 127.0.0.1, where Node takes every address.
	 * @throws Misuse when it listens already (NODE-29)
	 */
	listen(...given: unknown[]): this {
		if (this.#server !== null) {
			throw new Misuse('NODE-29', 'This server listens already: close it first, or make another one by nodeServer().');
		}
		const last = given.at(-1);
		if (typeof last === 'function') this.once('listening', last as () => void);
		const { signal, ...where } = listenOptions(given);
		signal?.addEventListener('abort', () => this.close());
		const server = serve(nodeToRich(node(this)), { ...this.#options, ...where });
		this.#server = server;
		server.then(
			(listening) => {
				// It may have been closed meanwhile.
				if (this.#closing) return;
				this.#listening = listening;
				this.emit('listening');
			},
			(error: unknown) => {
				this.#server = null;
				this.emit('error', error);
			},
		);
		return this;
	}

	/** Takes no more connections, lets open exchanges end, and tells `close`. */
	close(done?: (error?: Error) => void): this {
		const server = this.#server;
		if (server === null) {
			const error = Object.assign(new Error('Server is not running.'), { code: 'ERR_SERVER_NOT_RUNNING' });
			if (done !== undefined) process.nextTick(done, error);
			return this;
		}
		if (done !== undefined) this.once('close', () => done());
		this.#listening = null;
		this.#closing = true;
		server
			.then((listening) => listening.close())
			.then(
				() => {
					if (this.#server !== server) return;
					this.#server = null;
					this.#closing = false;
					this.emit('close');
				},
				(error: unknown) => this.emit('error', error),
			);
		return this;
	}

	/** Ends the exchanges that are open, once `close` has been called; before that nothing is done. */
	closeAllConnections(): void {
		if (!this.#closing) return;
		this.#server?.then(
			(server) => server.close({ graceful: false }),
			() => {},
		);
	}

	/** `close` does so by itself. */
	closeIdleConnections(): void {}

	/** How many connections there are. */
	get connections(): number {
		return this.#listening?.connections ?? 0;
	}

	/** The same, told. */
	getConnections(done: (error: Error | null, count: number) => void): this {
		process.nextTick(done, null, this.connections);
		return this;
	}

	/** Deadlines are options of `nodeServer()`; `timeout` is never told. */
	setTimeout(milliseconds?: number | ((socket: Socket) => void), listener?: (socket: Socket) => void): this {
		if (typeof milliseconds === 'number') this.timeout = milliseconds;
		const heard = typeof milliseconds === 'function' ? milliseconds : listener;
		if (heard !== undefined) this.on('timeout', heard);
		return this;
	}

	ref(): this {
		return this;
	}
	unref(): this {
		return this;
	}

	async [Symbol.asyncDispose](): Promise<void> {
		if (this.#server !== null) await new Promise((resolve) => this.close(resolve));
	}
}

/**
 * A server for applications that want one to hang their listeners on, as those of WebSockets do: an emitter of `request`,
 * `checkContinue`, `upgrade` and `connect`. Either it listens by itself, or `node(server)` makes an application of it.
 *
 * @param app hears of every request, as the listener that http.createServer takes; none by default
 * @param options those of `serve()`
 * @throws Misuse for what is no application (NODE-1)
 * @example
 * const server = nodeServer(express(), { tls });
 * new WebSocketServer({ server }); // over HTTP/2 too
 * server.listen(8443);
 */
export function nodeServer(app?: NodeFunction | NodeFramework, options: ServeOptions = {}): NodeServer {
	return new NodeServer(app === undefined ? null : node(app), options);
}

/**
 * What Fastify takes as `serverFactory`, so that `fastify.listen()` and `fastify.server` are ours.
 * @param options those of `serve()`; where to listen is said to Fastify
 * @example
 * const app = fastify({ serverFactory: serverFactory({ tls }) });
 */
export function serverFactory(options: ServeOptions = {}): (handler: NodeFunction) => NodeServer {
	return (handler) => nodeServer(handler, options);
}

function listenOptions(given: readonly unknown[]): Pick<ServeOptions, 'port' | 'host' | 'unix' | 'backlog'> & {
	signal?: AbortSignal;
} {
	const [first, second, third] = given;
	if (typeof first === 'object' && first !== null) {
		const { port, host, path, backlog, signal } = first as NodeListenOptions;
		if (path !== undefined) return { unix: path, ...present({ backlog, signal }) };
		return present({ port: numbered(port), host, backlog, signal });
	}
	if (typeof first === 'string' && !/^\d+$/.test(first)) return { unix: first };
	const host = typeof second === 'string' ? second : undefined;
	const backlog = typeof second === 'number' ? second : typeof third === 'number' ? third : undefined;
	return present({ port: numbered(first), host, backlog });
}

function numbered(port: unknown): number | undefined {
	if (typeof port === 'string') return Number(port);
	return typeof port === 'number' ? port : undefined;
}

/** Without what is undefined. */
function present<T extends object>(options: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
	return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as never;
}
