/** Listens, and serves a rich application over HTTP/1.1 and HTTP/2. */
import { createServer, type Server as NetServer, type Socket } from 'node:net';
import { createServer as createTlsServer, type TLSSocket, type Server as TlsServer } from 'node:tls';
import { listeningAddress, SocketFacts } from '../../adapter/socket-facts.ts';
import { Connection, type ConnectionServer, type ProtocolChoice } from '../../connection/connection.ts';
import type { ConnectionView } from '../../connection/connection-view.ts';
import { MemoryBudget } from '../../connection/memory-budget.ts';
import { type ConnectionSettings, connectionSettings } from '../../connection/settings.ts';
import { type RichApp, requireRich } from '../../rich/app.ts';
import type { Address, ConnectionFacts } from '../../rich/connection-facts.ts';
import type { LiveExchange } from '../../rich/live-exchange.ts';
import type { Fault } from '../../wire/fault.ts';
import { Roster, type Rostered } from '../../wire/roster.ts';
import { type Isolating, isolation } from './isolation.ts';
import { listen } from './listen.ts';
import { type Log, type LogEntry, oneLine, stderrLog } from './log.ts';
import { type ProxiedEnds, readProxied, trusts } from './proxied.ts';
import { checkOptions, SERVER_LIMITS, type ServeOptions } from './serve-options.ts';
import { SocketTransport } from './socket-transport.ts';
import { Certificates, type ServeTls, tlsOptions } from './tls-options.ts';

/** How a server is closed. */
export interface CloseOptions {
	readonly graceful?: boolean;
	/** Milliseconds. */
	readonly patience?: number;
}

/** A server that listens. */
export interface Server {
	/** Where it listens. */
	readonly address: Address;
	/** A URL that reaches it from this machine, without a path: `http://127.0.0.1:8000`; `unix:/path` for a Unix socket. */
	readonly url: string;
	/** How many connections are open. */
	readonly connections: number;
	/**
	 * Stops. Gracefully (the default): no new connections or exchanges, those that are open go on for at most
	 * `timeouts.stop` milliseconds. Not gracefully: everything ends now. Resolves when all is closed and `app.stop` has run.
	 * May be called again, to lose patience.
	 * `patience`: for so many milliseconds a connection between two requests stays, since the next may be on its way; it is answered
	 * as the last (`Connection: close`). 0 by default, which closes idle connections now. Where another process goes on serving, it
	 * is what makes a change over without one failed request.
	 */
	close(options?: CloseOptions): Promise<void>;
	/**
	 * Shows other certificates from now on, for new handshakes: connections that are open stay as they are. Authorities and what is
	 * asked of clients stay, too.
	 * @throws Error when they cannot be used, or the server has no TLS; then it goes on with those it has (SERVE-4)
	 */
	setCertificates(tls: Pick<ServeTls, 'cert' | 'key' | 'passphrase' | 'names'>): void;
	/**
	 * How its connections stand now, for people who look on: the oldest first, with their streams.
	 * @param connections at most so many of them; 100 by default
	 * @param streams at most so many of each; 20 by default
	 */
	view(connections?: number, streams?: number): readonly ConnectionView[];
	[Symbol.asyncDispose](): Promise<void>;
}

/**
 * Serves a rich application.
 *
 * @param app made by `rich()`; its `start` runs before the server listens
 * @throws Misuse when it is not a rich application (RICH-3); RangeError for options that make no sense; Error when the
 *   address cannot be listened on, saying what to do
 * @example
 * const server = await serve(app, { port: 8000 });
 * console.log(server.url);
 */
export async function serve(app: RichApp, options: ServeOptions = {}): Promise<Server> {
	requireRich(app, 'serve()');
	checkOptions(options);
	const server = new NodeServer(app, options);
	await server.start();
	return server;
}

/** ALPN names of the versions, most wanted first. */
const PROTOCOLS: Readonly<Record<'both' | '1.1' | '2', readonly ('h2' | 'http/1.1')[]>> = {
	both: ['h2', 'http/1.1'],
	'1.1': ['http/1.1'],
	'2': ['h2'],
};

/** So many connections that have asked for a turn have it in one turn of the event loop. */
const SCHEDULED = 64;

class NodeServer implements Server, ConnectionServer {
	readonly app: RichApp;
	readonly settings: ConnectionSettings;
	readonly memory: MemoryBudget;
	readonly #isolated: Isolating = isolation();
	readonly #options: ServeOptions;
	readonly #log: Log;
	readonly #listener: NetServer;
	/** Takes sockets of the listener through the handshake; null without TLS. */
	readonly #tls: TlsServer | null;
	/** Which of the listener's sockets speak which protocol, where that is not chosen. */
	readonly #only: ProtocolChoice | undefined;
	#patient = false;
	readonly #certificates = new Certificates();
	/** What a proxy in front has said of the sockets under TLS. */
	readonly #proxied: WeakMap<Socket, ProxiedEnds>;
	readonly #open = new Roster<Connection>();
	/** Sockets under the connections, and under TLS handshakes that have not ended yet. */
	readonly #sockets = new Roster<Rostered & { readonly socket: Socket }>();
	#sweeper: NodeJS.Timeout | null = null;
	/** Connections that were one too many, since the last sweep; and those that were closed because all held too much. */
	#drops = 0;
	#shed = 0;
	#scheduled: Connection[] = [];
	/** The current time as Date has it; empty when it is not known. */
	#date = '';
	#address: Address | null = null;
	#stopping: Promise<void> | null = null;
	#emptied: (() => void) | null = null;

	constructor(app: RichApp, options: ServeOptions) {
		this.app = app;
		this.#options = options;
		this.#log = options.log ?? stderrLog;
		this.settings = connectionSettings(options);
		const { memory = SERVER_LIMITS.memory } = options;
		// Not at once: somebody's turn is under way.
		this.memory = new MemoryBudget(memory || Number.POSITIVE_INFINITY, () => setImmediate(() => this.#relieve()));
		const protocols = PROTOCOLS[options.versions ?? 'both'];
		this.#only = protocols.length === 1 ? protocols[0] : undefined;
		this.#tls = options.tls === undefined ? null : this.#createTls(options.tls, protocols);
		this.#proxied = new WeakMap();
		this.#listener = createServer({ allowHalfOpen: this.#tls === null, noDelay: true }, (socket) =>
			this.#arrived(socket),
		);
		// Handshakes count too: the system's sockets do.
		this.#listener.maxConnections = options.connections ?? SERVER_LIMITS.connections;
		this.#listener.on('drop', () => this.#dropped());
	}

	async start(): Promise<void> {
		await this.app.start?.();
		try {
			if (this.#options.source === undefined) await listen(this.#listener, this.#options);
			else this.#options.source.open((socket) => this.#taken(socket));
		} catch (error) {
			await this.app.stop?.();
			throw error;
		}
		this.#listener.on('error', (error) =>
			this.#tell({ source: 'server', message: `listening: ${error.message}`, error }),
		);
		if (this.#options.source === undefined) this.#address = listeningAddress(this.#listener);
		this.#sweeper = setInterval(() => this.#sweep(), sweepInterval(this.settings));
		this.#sweeper.unref();
	}

	get address(): Address {
		return this.#options.source?.address ?? (this.#address as Address);
	}

	get url(): string {
		const address = this.address;
		if (address.family === 'unix') return `unix:${address.path}`;
		const scheme = this.#options.tls === undefined ? 'http' : 'https';
		// Every address: the loopback address of the same family reaches it.
		const host = address.address === '::' ? '::1' : address.address === '0.0.0.0' ? '127.0.0.1' : address.address;
		return `${scheme}://${host.includes(':') ? `[${host}]` : host}:${address.port}`;
	}

	get connections(): number {
		return this.#open.size;
	}

	view(connections = 100, streams = 20): readonly ConnectionView[] {
		const open = [...this.#open.values()].sort((a, b) => a.connection.id - b.connection.id);
		return open.slice(0, connections).map((connection) => connection.view(streams));
	}

	close({ graceful = true, patience = 0 }: CloseOptions = {}): Promise<void> {
		if (this.#stopping === null) this.#stopping = this.#stop(graceful, patience);
		else if (!graceful) this.#abandonAll();
		return this.#stopping;
	}

	async [Symbol.asyncDispose](): Promise<void> {
		await this.close();
	}

	async #stop(graceful: boolean, patience: number): Promise<void> {
		this.#patient = graceful && patience > 0;
		this.#options.source?.close();
		const closed = new Promise<void>((resolve) => this.#listener.close(() => resolve()));
		const emptied = new Promise<void>((resolve) => {
			this.#emptied = resolve;
		});
		if (this.#open.size === 0) this.#emptied?.();
		if (graceful) {
			for (const connection of this.#open.values()) connection.stop(this.#patient);
		} else {
			this.#abandonAll();
		}
		const limit = this.settings.timeouts.stop;
		const timer = limit > 0 ? setTimeout(() => this.#abandonAll(), limit) : null;
		const patient = this.#patient ? setTimeout(() => this.#losePatience(), patience) : null;
		// Closed is also when no TLS handshake is under way any more.
		await emptied;
		await closed;
		if (timer !== null) clearTimeout(timer);
		if (patient !== null) clearTimeout(patient);
		if (this.#sweeper !== null) clearInterval(this.#sweeper);
		await this.app.stop?.();
	}

	#losePatience(): void {
		this.#patient = false;
		for (const connection of this.#open.values()) connection.stop();
	}

	setCertificates(certificates: Pick<ServeTls, 'cert' | 'key' | 'passphrase' | 'names'>): void {
		const { tls } = this.#options;
		if (this.#tls === null || tls === undefined) throw new Error('This server has no TLS: serve it with `tls`.');
		this.#certificates.set(this.#tls, { ...tls, ...certificates });
	}

	#abandonAll(): void {
		// When an application has asked for it, its call returns before its exchanges hear of it (RICH-6).
		queueMicrotask(() => {
			for (const connection of this.#open.values()) connection.abandon('shutdown');
			for (const { socket } of this.#sockets.values()) socket.destroy();
		});
	}

	// ---- connections ------------------------------------------------------------------------------------------------

	#createTls(tls: ServeTls, protocols: readonly string[]): TlsServer {
		const settings = tlsOptions(
			this.#certificates.use(tls),
			tls,
			this.#options.handshakeTimeout ?? SERVER_LIMITS.handshakeTimeout,
		);
		const server = createTlsServer({ ...settings, ALPNProtocols: [...protocols] }, (socket) => {
			// Only now: a client that closes its half within the handshake is gone, and would be held until it times out.
			socket.allowHalfOpen = true;
			const below = (socket as TLSSocket & { _parent?: Socket })._parent;
			const ends = below === undefined ? undefined : this.#proxied.get(below);
			this.#connect(socket, socket, this.#only ?? (socket.alpnProtocol === 'h2' ? 'h2' : 'http/1.1'), ends);
		});
		server.on('tlsClientError', (error, socket) => {
			this.#tell({ source: 'peer', message: `TLS handshake: ${error.message}`, error });
			socket.destroy();
		});
		return server;
	}

	/** A socket that another process has accepted. */
	#taken(socket: Socket): void {
		if (this.#open.size >= this.#listener.maxConnections) {
			socket.destroy();
			this.#dropped();
			return;
		}
		socket.allowHalfOpen = this.#tls === null;
		socket.setNoDelay(true);
		this.#arrived(socket);
	}

	#arrived(socket: Socket): void {
		const { proxyProtocol } = this.#options;
		if (proxyProtocol === undefined || !trusts(proxyProtocol, socket)) {
			this.#protect(socket);
			return;
		}
		// Before the header is whole nobody else hears of the socket.
		const one = this.#track(socket);
		readProxied(
			socket,
			this.settings.timeouts.silence,
			(ends, rest) => {
				this.#sockets.delete(one);
				this.#protect(socket, ends, rest);
			},
			(fault) => {
				if (fault !== null) this.#tell({ source: 'peer', message: fault.toString() });
				socket.destroy();
			},
		);
	}

	#track(socket: Socket): Rostered & { readonly socket: Socket } {
		const one = { socket, place: -1 };
		this.#sockets.add(one);
		socket.on('close', () => this.#sockets.delete(one));
		return one;
	}

	/** @param rest what came behind the proxy's header */
	#protect(socket: Socket, ends?: ProxiedEnds, rest?: Uint8Array): void {
		if (this.#tls === null) {
			this.#connect(socket, null, this.#only ?? 'detect', ends, rest);
			return;
		}
		this.#track(socket);
		if (ends !== undefined) this.#proxied.set(socket, ends);
		if (rest !== undefined && rest.length > 0) socket.unshift(rest);
		this.#tls.emit('connection', socket);
	}

	#connect(
		socket: Socket,
		tls: TLSSocket | null,
		protocol: ProtocolChoice,
		ends?: ProxiedEnds,
		rest?: Uint8Array,
	): void {
		if (this.#stopping !== null && !this.#patient) {
			socket.destroy();
			return;
		}
		const { address } = this;
		const unixPath = address.family === 'unix' ? address.path : null;
		const transport = new SocketTransport(socket, tls !== null);
		const connection = new Connection(this, transport, new SocketFacts(socket, tls, unixPath, ends), protocol);
		this.#open.add(connection);
		transport.join(connection, this.#closed);
		if (this.#stopping !== null) connection.stop(true);
		if (rest !== undefined && rest.length > 0) connection.receive(rest);
		// The server speaks first in HTTP/2 (RFC 9113 §3.4): its SETTINGS need not wait for the client's.
		else if (protocol === 'h2') connection.turn();
	}

	readonly #closed = (connection: Connection): void => {
		this.#open.delete(connection);
		if (this.#open.size === 0) this.#emptied?.();
	};

	/** The operator is told once a second at the most: whoever connects too often is not to fill the log. */
	#dropped(): void {
		if (this.#drops++ > 0) return;
		const message = `connections are closed at once: ${this.#listener.maxConnections} are open (the option connections)`;
		this.#tell({ source: 'server', message });
	}

	#relieve(): void {
		const { held } = this.memory;
		const count = this.memory.relieve(this.#open.values(), this.now());
		if (count === 0 || this.#shed++ > 0) return;
		const message = `connections hold ${held} octets together (the option memory): the ${count} that held most for longest are closed`;
		this.#tell({ source: 'server', message });
	}

	#sweep(): void {
		this.#drops = 0;
		this.#shed = 0;
		const now = this.now();
		for (const connection of this.#open.values()) connection.advance(now);
	}

	// ---- what connections ask for -----------------------------------------------------------------------------------

	run(exchange: LiveExchange): void {
		this.#isolated(() => exchange.run(this.app));
	}

	now(): number {
		return performance.now();
	}

	date(): string {
		if (this.#date === '') {
			const now = Date.now();
			this.#date = new Date(now).toUTCString();
			// Good until its second is over: to look at the clock for each response is a tenth of what a small one costs.
			setTimeout(() => this.#forgetDate(), 1000 - (now % 1000)).unref();
		}
		return this.#date;
	}

	#forgetDate(): void {
		this.#date = '';
	}

	schedule(connection: Connection): void {
		// One immediate for all connections: what applications write in this turn of the event loop leaves in one go.
		if (this.#scheduled.push(connection) === 1) setImmediate(() => this.#runScheduled());
	}

	#runScheduled(): void {
		// Not all in one turn of the event loop, where they are many: what others ask comes in between.
		let connections = this.#scheduled;
		if (connections.length > SCHEDULED) {
			connections = this.#scheduled.splice(0, SCHEDULED);
			setImmediate(() => this.#runScheduled());
		} else {
			this.#scheduled = [];
		}
		for (const connection of connections) connection.turn();
	}

	applicationFault(error: unknown, exchange: LiveExchange): void {
		const what = `${exchange.method} ${exchange.target}`;
		this.#tell({
			source: 'application',
			message: `the application failed in ${what}`,
			error,
			connection: exchange.connection,
		});
	}

	peerFault(fault: Fault, connection: ConnectionFacts): void {
		this.#tell({ source: 'peer', message: fault.toString(), rule: fault.rule, connection });
	}

	internalFault(error: unknown, connection: ConnectionFacts): void {
		this.#tell({ source: 'server', message: 'a fault in the server itself closed a connection', error, connection });
	}

	#tell(entry: LogEntry): void {
		try {
			this.#log({ ...entry, message: oneLine(entry.message) });
		} catch {
			// A log that fails must not take exchanges with it.
		}
	}
}

/** Once a second, or often enough for shorter deadlines. */
function sweepInterval(settings: ConnectionSettings): number {
	const { contentRate: _content, stallRate: _stall, ...deadlines } = settings.timeouts;
	const shortest = Math.min(...Object.values(deadlines).filter((deadline) => deadline > 0));
	return Math.min(1000, Math.max(10, Math.floor(shortest / 4)));
}
