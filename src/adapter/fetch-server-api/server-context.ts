/** The contexts that handlers are called with: what they tell and do is the call's, which stays private. */
import type {
	ConnectContext,
	HeadersInit,
	RequestPriority,
	ServerContext,
	SocketAddress,
	TrailedRequest,
	WebSocketUpgradeInit,
} from '../../layer/fetch-server/context.ts';
import { FALL_THROUGH } from '../../layer/fetch-server/protocol.ts';
import type { Tunnel } from '../../layer/fetch-server/tunnel.ts';
import type { Address } from '../../rich/connection-facts.ts';
import { described } from '../../rich/described.ts';
import type { Exchange } from '../../rich/exchange.ts';
import { type FetchServerCall, misplaced } from './call.ts';
import { openTunnel } from './call-tunnel.ts';
import { headerLines } from './header-lines.ts';

/**
 * Opens a WebSocket on an exchange that asks for one, by its `accept`, and gives the object that `upgradeWebSocket` returns. It
 * throws before it accepts, or not at all.
 */
export type WebSocketOpener = (exchange: Exchange, options: WebSocketUpgradeInit) => object;

export class CallServerContext implements ServerContext {
	readonly #call: FetchServerCall;

	constructor(call: FetchServerCall) {
		this.#call = call;
	}

	get request(): TrailedRequest {
		return this.#call.request;
	}
	get remoteAddress(): SocketAddress {
		return socketAddress(this.#call.exchange.connection.peer);
	}
	get localAddress(): SocketAddress {
		return socketAddress(this.#call.exchange.connection.local);
	}
	get alpnProtocol(): string {
		const { connection, httpVersion } = this.#call.exchange;
		return connection.tls?.alpn ?? (httpVersion === '2' ? 'h2' : 'http/1.1');
	}
	get encrypted(): boolean {
		return this.#call.exchange.connection.tls !== null;
	}
	get serverName(): string | null {
		return this.#call.exchange.connection.tls?.serverName ?? null;
	}
	get clientPriority(): RequestPriority {
		return this.#call.clientPriority;
	}
	get serverPriority(): RequestPriority | null {
		return this.#call.serverPriority;
	}
	set serverPriority(priority: Partial<RequestPriority> | null) {
		this.#call.serverPriority = priority;
	}
	get onpriority(): ((priority: RequestPriority) => void) | null {
		return this.#call.onpriority;
	}
	set onpriority(callback: ((priority: RequestPriority) => void) | null) {
		if (callback !== null && typeof callback !== 'function') {
			throw new TypeError(`onpriority is a function or null, not ${described(callback)}. (FSA-31)`);
		}
		this.#call.onpriority = callback;
	}
	get autoContinue(): boolean {
		return true;
	}
	get completed(): Promise<undefined> {
		return this.#call.completed;
	}
	sendInformational(status: number, headers?: HeadersInit): void {
		this.#call.inform(status, headers);
	}
	deny(error?: unknown): void {
		if (error === FALL_THROUGH) {
			if (this.#call.state === 'aborted') return;
			throw new DOMException(
				'Only connect can fall through, on a request with Upgrade: others have nothing to fall through to. (FSA-13)',
				'InvalidStateError',
			);
		}
		this.#call.deny(error);
	}
	waitUntil(promise: PromiseLike<unknown>): void {
		this.#call.wait(promise);
	}
}

export class CallConnectContext extends CallServerContext implements ConnectContext {
	readonly #call: FetchServerCall;
	readonly #webSocket: WebSocketOpener | null;

	constructor(call: FetchServerCall, webSocket: WebSocketOpener | null) {
		super(call);
		this.#call = call;
		this.#webSocket = webSocket;
	}

	get connectProtocol(): string | null {
		return this.#call.exchange.protocol;
	}

	override deny(error?: unknown): void {
		const { state, exchange } = this.#call;
		if (state === 'aborted') return;
		this.#requireLive('deny()');
		if (error !== FALL_THROUGH || exchange.method === 'CONNECT') {
			super.deny(error);
			return;
		}
		if (state !== 'open') throw misplaced('deny()', state, 'FSA-10');
		this.#call.fellThrough = true;
	}

	async accept(init: ResponseInit = {}): Promise<Tunnel> {
		this.#requireLive('accept()');
		const lines = headerLines(init.headers);
		await this.#call.accepting();
		if (this.#call.exchange.outcome !== null) throw this.#call.abortReason;
		try {
			return openTunnel(this.#call, lines);
		} catch (error) {
			this.#call.notAccepted();
			throw error;
		}
	}

	upgradeWebSocket(options: WebSocketUpgradeInit = {}): object {
		const { state, exchange, responsive } = this.#call;
		this.#requireLive('upgradeWebSocket()');
		this.#requireProtocol('websocket', 'upgradeWebSocket()');
		if (this.#webSocket === null) throw notSupported('upgradeWebSocket()', 'this server was given no webSocket');
		if (state === 'aborted') throw this.#call.abortReason;
		if (!responsive) throw misplaced('upgradeWebSocket()', state, 'FSA-10');
		return this.#webSocket(exchange, options);
	}

	async upgradeWebTransport(): Promise<never> {
		this.#requireProtocol('webtransport', 'upgradeWebTransport()');
		throw notSupported('upgradeWebTransport()', 'there is no WebTransport here');
	}

	#requireLive(operation: string): void {
		if (!this.#call.fellThrough) return;
		throw new DOMException(
			`${operation} was called after deny(FALL_THROUGH): the request is for fetch now. (FSA-13)`,
			'InvalidStateError',
		);
	}

	#requireProtocol(protocol: string, operation: string): void {
		const asked = this.connectProtocol;
		if (asked?.toLowerCase() === protocol) return;
		throw new DOMException(
			`${operation} was called for ${asked === null ? 'a plain CONNECT' : `the protocol ${asked}`}. (FSA-45)`,
			'InvalidStateError',
		);
	}
}

function notSupported(operation: string, why: string): DOMException {
	return new DOMException(`${operation} is not supported: ${why}. (FSA-45)`, 'NotSupportedError');
}

function socketAddress(address: Address | null): SocketAddress {
	if (address === null || address.family === 'unix') return { address: '', port: 0 };
	return { address: address.address, port: address.port, family: address.family };
}
