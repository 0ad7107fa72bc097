/** One client for the contract suite, over HTTP/1.1 (node:http) or HTTP/2 (node:http2): what is sent and seen, without policy. */
import { Agent, type ClientRequest, request as http1, type IncomingMessage } from 'node:http';
import { type ClientHttp2Session, type ClientHttp2Stream, connect, sensitiveHeaders } from 'node:http2';
import { request as https1, Agent as SecureAgent } from 'node:https';
import type { Duplex, Readable, Writable } from 'node:stream';

/** Where a server is reached, and how. */
export interface Endpoint {
	readonly version: '1.1' | '2';
	/** `http://127.0.0.1:8000`; of a Unix socket too. */
	readonly origin: string;
	/** The certificate to trust, PEM, where it is https. */
	readonly ca?: string;
	readonly socketPath?: string;
}

export interface Sent {
	readonly method?: string;
	readonly target: string;
	/** Flat: name, value, name, value … */
	readonly fields?: readonly string[];
	/** The whole content; null for content that the caller writes to `out`. None by default. */
	readonly content?: Uint8Array | null;
	readonly trailers?: Readonly<Record<string, string>>;
}

export interface Head {
	readonly status: number;
	readonly reason: string;
	readonly fields: readonly string[];
	/** Names that came never-indexed. */
	readonly sensitive: readonly string[];
}

export interface Answer extends Head {
	readonly content: Uint8Array;
	readonly trailers: readonly string[];
	/** The end came as it should. */
	readonly whole: boolean;
}

/** One exchange. */
export interface Call {
	readonly informed: { readonly status: number; readonly fields: readonly string[] }[];
	readonly pushed: { readonly target: string; readonly content: Promise<Uint8Array> }[];
	readonly out: Writable;
	/** Rejected when there is none. */
	readonly head: Promise<Head>;
	/** What comes behind the head, as it comes. */
	readonly in: Promise<Readable>;
	/** Reads to the end. */
	answer(): Promise<Answer>;
	/** Goes away: a reset, or the end of the connection. */
	leave(): void;
}

/** An opened tunnel, or what came in its place. */
export type Opened =
	| { readonly head: Head; readonly tunnel: Duplex }
	| { readonly head: Head; readonly content: Uint8Array };

export interface Client {
	readonly version: '1.1' | '2';
	call(sent: Sent): Call;
	/** GET, whole. */
	get(target: string): Promise<Answer>;
	/** Asks for a tunnel by Upgrade or extended CONNECT; by plain CONNECT where there is no protocol. */
	open(target: string, protocol: string | null): Promise<Opened>;
	/** The server has said that it takes no more requests on this connection. */
	retired(): Promise<boolean>;
	close(): void;
}

export function client(endpoint: Endpoint): Client {
	return endpoint.version === '2' ? new Http2Client(endpoint) : new Http1Client(endpoint);
}

/** The value of the first line of a name, in any case. */
export function field(fields: readonly string[], name: string): string | undefined {
	const at = fields.findIndex((one, index) => index % 2 === 0 && one.toLowerCase() === name);
	return at < 0 ? undefined : fields[at + 1];
}

async function all(stream: Readable): Promise<{ content: Uint8Array; whole: boolean }> {
	const chunks: Uint8Array[] = [];
	let whole = true;
	try {
		for await (const chunk of stream) chunks.push(chunk as Uint8Array);
	} catch {
		whole = false;
	}
	return { content: new Uint8Array(Buffer.concat(chunks)), whole };
}

function headersOf(flat: readonly string[]): Record<string, string | string[]> {
	const headers: Record<string, string | string[]> = {};
	for (let at = 0; at < flat.length; at += 2) {
		const name = flat[at] as string;
		const value = flat[at + 1] as string;
		const before = headers[name];
		headers[name] = before === undefined ? value : [before, value].flat();
	}
	return headers;
}

class Http1Client implements Client {
	readonly version = '1.1' as const;
	readonly #endpoint: Endpoint;
	readonly #agent: Agent;

	constructor(endpoint: Endpoint) {
		this.#endpoint = endpoint;
		const options = { keepAlive: true, maxSockets: 64, scheduling: 'lifo' as const };
		this.#agent = endpoint.ca === undefined ? new Agent(options) : new SecureAgent(options);
	}

	call({ method = 'GET', target, fields = [], content, trailers }: Sent): Call {
		const informed: Call['informed'] = [];
		const request = this.#request(method, target, fields);
		request.on('information', ({ statusCode, rawHeaders }) =>
			informed.push({ status: statusCode, fields: rawHeaders }),
		);
		const response = new Promise<IncomingMessage>((resolve, reject) => {
			request.on('response', resolve);
			request.on('error', reject);
			request.on('close', () => reject(new Error('closed without a response')));
		});
		response.catch(() => {});
		const head = response.then((message) => headOf(message));
		head.catch(() => {});
		if (trailers !== undefined) request.addTrailers(trailers);
		if (content === null) request.flushHeaders();
		else request.end(content);
		return {
			informed,
			pushed: [],
			out: request,
			head,
			in: response,
			async answer() {
				const message = await response;
				const { content, whole } = await all(message);
				return { ...headOf(message), content, trailers: message.rawTrailers, whole: whole && message.complete };
			},
			leave: () => request.destroy(),
		};
	}

	async get(target: string): Promise<Answer> {
		return await this.call({ target }).answer();
	}

	async open(target: string, protocol: string | null): Promise<Opened> {
		const request =
			protocol === null
				? this.#request('CONNECT', target, ['host', target])
				: this.#request('GET', target, ['connection', 'upgrade', 'upgrade', protocol]);
		return await new Promise<Opened>((resolve, reject) => {
			const opened = (message: IncomingMessage, tunnel: Duplex, early: Buffer): void => {
				if (early.length > 0) tunnel.unshift(early);
				const refused = protocol === null && message.statusCode !== 200;
				if (!refused) resolve({ head: headOf(message), tunnel });
				else void all(tunnel).then(({ content }) => resolve({ head: headOf(message), content }));
			};
			request.on('upgrade', opened);
			request.on('connect', opened);
			request.on('response', (message) => {
				void all(message).then(({ content }) => resolve({ head: headOf(message), content }));
			});
			request.on('error', reject);
			request.end();
		});
	}

	async retired(): Promise<boolean> {
		const { fields } = await this.get('/hello');
		return field(fields, 'connection') === 'close';
	}

	close(): void {
		this.#agent.destroy();
	}

	#request(method: string, path: string, fields: readonly string[]): ClientRequest {
		const { origin, ca, socketPath } = this.#endpoint;
		const { hostname, port } = new URL(origin);
		const named = fields.some((name, at) => at % 2 === 0 && name.toLowerCase() === 'host');
		const headers = [...(named ? [] : ['Host', `${hostname}:${port}`]), ...fields];
		const where = socketPath === undefined ? { host: hostname, port } : { socketPath };
		const options = { ...where, method, path, headers, agent: this.#agent, servername: 'localhost' };
		return ca === undefined ? http1(options) : https1({ ...options, ca });
	}
}

function headOf(message: IncomingMessage): Head {
	const { statusCode = 0, statusMessage = '', rawHeaders } = message;
	return { status: statusCode, reason: statusMessage, fields: rawHeaders, sensitive: [] };
}

class Http2Client implements Client {
	readonly version = '2' as const;
	readonly #session: ClientHttp2Session;
	readonly #pushes = new Map<number, Call['pushed']>();
	#retired = false;

	constructor({ origin, ca, socketPath }: Endpoint) {
		// A client that has much to send would end its session by itself, by default.
		const options = { maxSessionMemory: 1000, ...(ca === undefined ? {} : { ca, servername: 'localhost' }) };
		this.#session = connect(origin, socketPath === undefined ? options : ({ ...options, path: socketPath } as object));
		this.#session.on('error', () => {});
		this.#session.on('goaway', () => {
			this.#retired = true;
		});
		this.#session.on('close', () => {
			this.#retired = true;
		});
		this.#session.on('stream', (stream, headers) => {
			const content = all(stream).then((whole) => whole.content);
			for (const pushed of this.#pushes.values()) pushed.push({ target: String(headers[':path']), content });
		});
	}

	call({ method = 'GET', target, fields = [], content, trailers }: Sent): Call {
		const head = { ':method': method, ':path': target, ...headersOf(fields) };
		const ends = content === undefined && trailers === undefined;
		const stream = this.#session.request(head, { endStream: ends, waitForTrailers: trailers !== undefined });
		const call = this.#follow(stream);
		if (trailers !== undefined) stream.on('wantTrailers', () => stream.sendTrailers({ ...trailers }));
		if (content !== null && !ends) stream.end(content);
		return call;
	}

	#follow(stream: ClientHttp2Stream): Call {
		const informed: Call['informed'] = [];
		const pushed: Call['pushed'] = [];
		const trailers: string[] = [];
		const key = Math.random();
		this.#pushes.set(key, pushed);
		stream.on('headers', (headers, _flags, raw) => {
			informed.push({ status: Number(headers[':status']), fields: withoutPseudo(raw as unknown as string[]) });
		});
		stream.on('trailers', (_headers, _flags, raw) => trailers.push(...(raw as unknown as string[])));
		stream.on('error', () => {});
		const head = new Promise<Head>((resolve, reject) => {
			stream.on('response', (headers, _flags, raw) => {
				const sensitive = (headers as { [sensitiveHeaders]?: string[] })[sensitiveHeaders] ?? [];
				const lines = withoutPseudo(raw as unknown as string[]);
				resolve({ status: Number(headers[':status']), reason: '', fields: lines, sensitive });
			});
			stream.on('close', () => {
				this.#pushes.delete(key);
				reject(new Error(`closed without a response: ${stream.rstCode}`));
			});
		});
		const incoming = head.then(() => stream);
		incoming.catch(() => {});
		return {
			informed,
			pushed,
			out: stream,
			head,
			in: incoming,
			async answer() {
				const given = await head;
				const { content, whole } = await all(stream);
				return { ...given, content, trailers, whole: whole && stream.rstCode === 0 };
			},
			leave: () => stream.close(8),
		};
	}

	async get(target: string): Promise<Answer> {
		return await this.call({ target }).answer();
	}

	async open(target: string, protocol: string | null): Promise<Opened> {
		if (protocol !== null) await this.#announced();
		const stream = this.#session.request(
			protocol === null
				? { ':method': 'CONNECT', ':authority': target }
				: { ':method': 'CONNECT', ':path': target, ':protocol': protocol },
			{ endStream: false },
		);
		const call = this.#follow(stream);
		const head = await call.head;
		if (head.status === 200) return { head, tunnel: stream };
		return { head, content: (await all(stream)).content };
	}

	/** The server's settings are here. */
	async #announced(): Promise<void> {
		if (this.#session.remoteSettings.headerTableSize === undefined || this.#session.pendingSettingsAck) {
			await new Promise((resolve) => this.#session.once('remoteSettings', resolve));
		}
		if (this.#session.remoteSettings.enableConnectProtocol !== true)
			throw new Error('extended CONNECT is not announced');
	}

	async retired(): Promise<boolean> {
		// What was sent before this is answered has come before it.
		if (!this.#retired) await new Promise<void>((resolve) => this.#session.ping(() => resolve()));
		return this.#retired;
	}

	close(): void {
		this.#session.destroy();
	}
}

function withoutPseudo(flat: readonly string[]): string[] {
	const lines: string[] = [];
	for (let at = 0; at < flat.length; at += 2) {
		if (!flat[at]?.startsWith(':')) lines.push(flat[at] as string, flat[at + 1] as string);
	}
	return lines;
}
