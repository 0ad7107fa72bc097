/** The hooks of crossws, which h3 and Nitro bring: a rich application that calls them as its own adapters do. */
import type { WebSocketOptions } from '../app/websocket/options.ts';
import type { Message, Socket, Upgrade } from '../app/websocket/socket.ts';
import type { WebSocketApp } from '../app/websocket/websocket.ts';
import type { Exchange } from '../rich/exchange.ts';
import { Misuse } from '../wire/fault.ts';
import { websocket } from './websocket.ts';

/** What a hook of crossws may be given, as far as it is called here. */
export interface CrosswsHooks {
	upgrade?(request: Request & { context?: Record<string, unknown> }): unknown;
	open?(peer: CrosswsPeer): unknown;
	message?(peer: CrosswsPeer, message: CrosswsMessage): unknown;
	close?(peer: CrosswsPeer, details: { code?: number; reason?: string }): unknown;
	error?(peer: CrosswsPeer, error: Error): unknown;
	drain?(peer: CrosswsPeer): unknown;
	ping?(peer: CrosswsPeer, data: Uint8Array): unknown;
	pong?(peer: CrosswsPeer, data: Uint8Array): unknown;
}

/** Which hooks are called. */
export interface CrosswsOptions extends WebSocketOptions {
	/** For every request. */
	readonly hooks?: CrosswsHooks;
	/** By the request, once for each socket: as `async (request) => (await app.fetch(request)).crossws` for h3. */
	readonly resolve?: (request: Request) => CrosswsHooks | undefined | PromiseLike<CrosswsHooks | undefined>;
}

/** A message, read in any form. */
export class CrosswsMessage {
	readonly id: string = crypto.randomUUID();
	readonly peer: CrosswsPeer;
	readonly rawData: Message;

	constructor(rawData: Message, peer: CrosswsPeer) {
		this.rawData = rawData;
		this.peer = peer;
	}

	get data(): Message {
		return this.rawData;
	}
	uint8Array(): Uint8Array {
		return typeof this.rawData === 'string' ? new TextEncoder().encode(this.rawData) : this.rawData;
	}
	arrayBuffer(): ArrayBuffer {
		return this.uint8Array().slice().buffer as ArrayBuffer;
	}
	blob(): Blob {
		return new Blob([this.arrayBuffer()]);
	}
	text(): string {
		return typeof this.rawData === 'string' ? this.rawData : new TextDecoder().decode(this.rawData);
	}
	json<T = unknown>(): T {
		return JSON.parse(this.text()) as T;
	}
	toString(): string {
		return this.text();
	}
}

/** A socket as crossws has it. */
export class CrosswsPeer {
	readonly id: string = crypto.randomUUID();
	readonly request: Request;
	readonly namespace: string;
	readonly context: Record<string, unknown>;
	/** The peers of the same namespace, this one too. */
	readonly peers: Set<CrosswsPeer>;
	readonly topics: Set<string> = new Set();
	readonly #socket: Socket<Accepted>;

	constructor(socket: Socket<Accepted>, peers: Set<CrosswsPeer>) {
		const { request, namespace, context } = socket.data;
		this.request = request;
		this.namespace = namespace;
		this.context = context;
		this.peers = peers;
		this.#socket = socket;
	}

	/** The socket underneath. */
	get websocket(): Socket<unknown> {
		return this.#socket;
	}
	get remoteAddress(): string | undefined {
		const peer = this.#socket.exchange.connection.peer;
		return peer === null || peer.family === 'unix' ? undefined : peer.address;
	}
	get bufferedAmount(): number {
		return this.#socket.bufferedAmount;
	}
	/** @returns 0 when it was sent, -1 when the client should be waited for, as Bun says it */
	send(data: unknown, options?: { readonly compress?: boolean }): number {
		return this.#socket.send(messageOf(data), options) ? 0 : -1;
	}
	publish(topic: string, data: unknown, options?: { readonly compress?: boolean }): void {
		this.#socket.publish(this.#named(topic), messageOf(data), options);
	}
	subscribe(topic: string): void {
		this.topics.add(topic);
		this.#socket.subscribe(this.#named(topic));
	}
	unsubscribe(topic: string): void {
		this.topics.delete(topic);
		this.#socket.unsubscribe(this.#named(topic));
	}
	ping(data?: unknown): number {
		this.#socket.ping(data === undefined ? '' : messageOf(data));
		return 0;
	}
	close(code?: number, reason?: string): void {
		this.#socket.close(code, reason);
	}
	terminate(): void {
		this.#socket.terminate();
	}
	toString(): string {
		return this.id;
	}

	/** Topics are those of a namespace. */
	#named(topic: string): string {
		return `${this.namespace} ${topic}`;
	}
}

/** What a handshake came to. */
interface Accepted {
	readonly request: Request;
	readonly namespace: string;
	readonly context: Record<string, unknown>;
	/** The hooks of all requests, and those that the request chose. */
	readonly hooks: readonly CrosswsHooks[];
}

/**
 * Makes a rich application of the hooks of crossws, over HTTP/1.1 and HTTP/2 alike.
 *
 * @throws Misuse without hooks, and as `websocket` does (WS-1)
 * @example
 * const app = new H3().get('/chat', defineWebSocketHandler({ message: (peer, message) => peer.send(message.text()) }));
 * const sockets = crosswsToRich({ resolve: async (request) => (await app.fetch(request)).crossws });
 */
export function crosswsToRich({ hooks, resolve, ...options }: CrosswsOptions): WebSocketApp {
	if (hooks === undefined && resolve === undefined) {
		throw new Misuse('WS-1', 'crosswsToRich() takes hooks, or resolve, which gives those of a request.');
	}
	const peers = new WeakMap<object, CrosswsPeer>();
	const namespaces = new Map<string, Set<CrosswsPeer>>();
	const call = <A>(socket: Socket<Accepted>, event: (hooks: CrosswsHooks, peer: CrosswsPeer) => A): unknown => {
		const peer = peers.get(socket) as CrosswsPeer;
		const results = socket.data.hooks.map((one) => event(one, peer));
		return results.length === 1 ? results[0] : Promise.all(results);
	};
	return websocket<Accepted>(
		{
			async upgrade(exchange) {
				const request: Request & { context?: Record<string, unknown> } = requestOf(exchange);
				const chosen = await resolve?.(request);
				return await decide(
					exchange,
					request,
					[hooks, chosen].filter((one) => one !== undefined),
				);
			},
			open(socket) {
				const { namespace } = socket.data;
				const all = namespaces.get(namespace) ?? new Set();
				namespaces.set(namespace, all);
				const peer = new CrosswsPeer(socket, all);
				peers.set(socket, peer);
				all.add(peer);
				return call(socket, (one, given) => one.open?.(given));
			},
			message: (socket, message) => call(socket, (one, peer) => one.message?.(peer, new CrosswsMessage(message, peer))),
			drain: (socket) => call(socket, (one, peer) => one.drain?.(peer)),
			ping: (socket, data) => call(socket, (one, peer) => one.ping?.(peer, data)),
			pong: (socket, data) => call(socket, (one, peer) => one.pong?.(peer, data)),
			close(socket, code, reason) {
				const peer = peers.get(socket) as CrosswsPeer;
				peer.peers.delete(peer);
				if (peer.peers.size === 0) namespaces.delete(peer.namespace);
				const { fault } = socket;
				return call(socket, (one) => {
					if (fault === null || one.error === undefined) return one.close?.(peer, { code, reason });
					// Its failure is no reason not to call the other.
					return Promise.allSettled([
						attempt(() => one.error?.(peer, new Error(String(fault), { cause: fault }))),
						attempt(() => one.close?.(peer, { code, reason })),
					]).then(firstFailure);
				});
			},
		},
		options,
	);
}

async function attempt(hook: () => unknown): Promise<void> {
	await hook();
}

function firstFailure(results: readonly PromiseSettledResult<void>[]): void {
	for (const result of results) if (result.status === 'rejected') throw result.reason;
}

/** What the hooks `upgrade` say: a Response refuses, also thrown; other results give fields, context and namespace. */
async function decide(
	exchange: Exchange,
	request: Request & { context?: Record<string, unknown> },
	hooks: readonly CrosswsHooks[],
): Promise<Upgrade<Accepted> | undefined> {
	const context: Record<string, unknown> = request.context ?? {};
	let namespace = new URL(request.url).pathname;
	const fields: string[] = [];
	let subprotocol: string | undefined;
	for (const one of hooks) {
		let result: unknown;
		try {
			result = await one.upgrade?.(request);
		} catch (error) {
			result = (error as { response?: unknown } | null)?.response ?? error;
			if (!(result instanceof Response)) throw error;
		}
		if (result instanceof Response) {
			await refuse(exchange, result);
			return undefined;
		}
		if (typeof result !== 'object' || result === null) continue;
		const said = result as { headers?: HeadersInit; namespace?: string; context?: object; protocol?: string };
		namespace = said.namespace ?? namespace;
		Object.assign(context, said.context);
		subprotocol = said.protocol ?? subprotocol;
		for (const [name, value] of new Headers(said.headers)) {
			if (name === 'sec-websocket-protocol') subprotocol ??= value;
			else fields.push(name, value);
		}
	}
	const data: Accepted = { request, namespace, context, hooks };
	return { data, fields, ...(subprotocol === undefined ? {} : { subprotocol }) };
}

type HeadersInit = ConstructorParameters<typeof Headers>[0];

/** A GET, as an Upgrade is: extended CONNECT can be no Request. */
function requestOf(exchange: Exchange): Request {
	const headers = new Headers();
	for (const [name, value] of exchange.fields) if (!/^host$/i.test(name)) headers.append(name, value);
	return new Request(`${exchange.scheme}://${exchange.authority}${exchange.target}`, { headers });
}

async function refuse(exchange: Exchange, response: Response): Promise<void> {
	const fields: string[] = [];
	for (const [name, value] of response.headers) {
		if (!/^(?:connection|keep-alive|transfer-encoding|content-length)$/.test(name)) fields.push(name, value);
	}
	const content = new Uint8Array(await response.arrayBuffer());
	// CONNECT is refused by what is no success (RICH-31).
	exchange.respond(response.status < 300 ? 403 : response.status, fields);
	exchange.end(content);
}

function messageOf(data: unknown): Message {
	if (typeof data === 'string' || data instanceof Uint8Array) return data;
	if (data instanceof ArrayBuffer) return new Uint8Array(data);
	if (ArrayBuffer.isView(data)) return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
	if (data instanceof CrosswsMessage) return data.rawData;
	return typeof data === 'object' && data !== null ? JSON.stringify(data) : String(data);
}
