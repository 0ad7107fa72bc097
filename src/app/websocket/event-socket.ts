/** For those who prefer events: a socket with the shape of the WHATWG's WebSocket interface. */
import { CloseCode, isWireCode } from '../../engine/websocket/close-code.ts';
import type { Message, Socket } from './socket.ts';

/** What is told of an end. */
export class SocketCloseEvent extends Event {
	/** Both sides have sent Close frames. */
	readonly wasClean: boolean;
	readonly code: number;
	readonly reason: string;

	constructor(code: number, reason: string, wasClean: boolean) {
		super('close');
		this.code = code;
		this.reason = reason;
		this.wasClean = wasClean;
	}
}

interface SocketEvents {
	readonly open: Event;
	readonly message: MessageEvent;
	readonly error: Event;
	readonly close: SocketCloseEvent;
}

type Listener<K extends keyof SocketEvents> = ((event: SocketEvents[K]) => unknown) | null;

/** What can be sent. */
export type EventSocketData = string | ArrayBuffer | ArrayBufferView | Blob;

/**
 * A server's socket with the attributes, methods and events of the WHATWG's WebSocket. As there, sending never says to wait:
 * watch `bufferedAmount`, or the socket is closed with 1011 when the hard mark is passed.
 */
export class EventSocket extends EventTarget {
	static readonly CONNECTING = 0;
	static readonly OPEN = 1;
	static readonly CLOSING = 2;
	static readonly CLOSED = 3;
	readonly CONNECTING = 0;
	readonly OPEN = 1;
	readonly CLOSING = 2;
	readonly CLOSED = 3;

	/** How binary messages come; `arraybuffer` by default, as nobody on a server wants to wait for a Blob. */
	binaryType: 'arraybuffer' | 'blob' = 'arraybuffer';
	/** The URL that was asked for. */
	readonly url: string;
	readonly extensions: string = '';
	#protocol = '';
	#readyState = 0;
	#socket: Socket<undefined> | null = null;
	/** Blobs are read before they are sent, and what comes behind them waits. */
	#sending: Promise<void> | null = null;
	#waiting = 0;
	#closing: { readonly code: number | undefined; readonly reason: string } | null = null;
	readonly #listeners: Partial<Record<keyof SocketEvents, EventListener>> = {};
	readonly #handlers: { [K in keyof SocketEvents]?: Listener<K> } = {};

	constructor(url: string) {
		super();
		this.url = url;
	}

	get protocol(): string {
		return this.#protocol;
	}
	get readyState(): number {
		return this.#readyState;
	}
	get bufferedAmount(): number {
		return this.#waiting + (this.#socket?.bufferedAmount ?? 0);
	}

	get onopen(): Listener<'open'> {
		return this.#handlers.open ?? null;
	}
	set onopen(listener: Listener<'open'>) {
		this.#handle('open', listener);
	}
	get onmessage(): Listener<'message'> {
		return this.#handlers.message ?? null;
	}
	set onmessage(listener: Listener<'message'>) {
		this.#handle('message', listener);
	}
	get onerror(): Listener<'error'> {
		return this.#handlers.error ?? null;
	}
	set onerror(listener: Listener<'error'>) {
		this.#handle('error', listener);
	}
	get onclose(): Listener<'close'> {
		return this.#handlers.close ?? null;
	}
	set onclose(listener: Listener<'close'>) {
		this.#handle('close', listener);
	}

	override addEventListener<K extends keyof SocketEvents>(
		type: K,
		listener: ((event: SocketEvents[K]) => unknown) | null,
		options?: ListenerOptions,
	): void;
	override addEventListener(type: string, listener: AnyListener, options?: ListenerOptions): void;
	override addEventListener(type: string, listener: unknown, options?: ListenerOptions): void {
		super.addEventListener(type, listener as AnyListener, options);
	}

	/**
	 * Sends a message. After the end it does nothing.
	 * @throws DOMException InvalidStateError before it is open
	 * @throws BackpressureFault past the hard mark (WS-21)
	 */
	send(data: EventSocketData): void {
		const socket = this.#socket;
		if (socket === null) throw new DOMException('The socket is not open yet.', 'InvalidStateError');
		if (this.#sending === null && !(data instanceof Blob)) {
			socket.send(messageOf(data));
			return;
		}
		const size = data instanceof Blob ? data.size : typeof data === 'string' ? data.length : data.byteLength;
		this.#waiting += size;
		const message = data instanceof Blob ? data.arrayBuffer() : data;
		const sent: Promise<void> = (this.#sending ?? Promise.resolve()).then(async () => {
			const ready = messageOf(await message);
			this.#waiting -= size;
			try {
				socket.send(ready);
			} catch {
				// Nobody is there any more to be told: it ends.
				socket.close(CloseCode.INTERNAL_ERROR);
			}
			if (this.#sending === sent) this.#sending = null;
		});
		this.#sending = sent;
	}

	/**
	 * Begins the closing handshake, behind what was sent.
	 * @throws DOMException for codes but 1000 and 3000 to 4999, and for reasons of more than 123 octets
	 */
	close(code?: number, reason: string = ''): void {
		if (code !== undefined && code !== 1000 && (code < 3000 || !isWireCode(code))) {
			throw new DOMException('The code is 1000, or 3000 to 4999.', 'InvalidAccessError');
		}
		if (new TextEncoder().encode(reason).length > 123) {
			throw new DOMException('The reason has more than 123 octets.', 'SyntaxError');
		}
		if (this.#readyState >= 2) return;
		this.#readyState = 2;
		this.#closing = { code, reason };
		if (this.#sending === null) this.#close();
		else void this.#sending.then(() => this.#close());
	}

	// ---- for the application that it belongs to ---------------------------------------------------------------------

	/** The session has begun. */
	static opened(target: EventSocket, socket: Socket<undefined>): void {
		target.#socket = socket;
		target.#protocol = socket.subprotocol ?? '';
		if (target.#readyState === 2) {
			target.#close();
			return;
		}
		target.#readyState = 1;
		target.dispatchEvent(new Event('open'));
	}

	static received(target: EventSocket, message: Message): void {
		if (target.#readyState !== 1) return;
		let data: string | ArrayBuffer | Blob;
		if (typeof message === 'string') data = message;
		else if (target.binaryType === 'blob') data = new Blob([message as Uint8Array<ArrayBuffer>]);
		else data = exactBuffer(message);
		target.dispatchEvent(new MessageEvent('message', { data }));
	}

	static ended(target: EventSocket, code: number, reason: string): void {
		if (target.#readyState === 3) return;
		target.#readyState = 3;
		const wasClean = code !== CloseCode.ABNORMAL;
		if (!wasClean) target.dispatchEvent(new Event('error'));
		target.dispatchEvent(new SocketCloseEvent(code, wasClean ? reason : '', wasClean));
	}

	#close(): void {
		const closing = this.#closing;
		if (closing !== null) this.#socket?.close(closing.code, closing.reason);
	}

	#handle<K extends keyof SocketEvents>(type: K, listener: Listener<K>): void {
		const before = this.#listeners[type];
		if (before !== undefined) this.removeEventListener(type, before);
		delete this.#listeners[type];
		delete this.#handlers[type];
		if (typeof listener !== 'function') return;
		const called: EventListener = (event) => void listener.call(this, event as unknown as SocketEvents[K]);
		this.#listeners[type] = called;
		(this.#handlers as Record<K, Listener<K>>)[type] = listener;
		this.addEventListener(type, called);
	}
}

type EventListener = (event: Event) => void;
type AnyListener = Parameters<EventTarget['addEventListener']>[1];
type ListenerOptions = Parameters<EventTarget['addEventListener']>[2];

function messageOf(data: string | ArrayBuffer | ArrayBufferView): Message {
	if (data instanceof ArrayBuffer) return new Uint8Array(data);
	if (ArrayBuffer.isView(data)) return new Uint8Array(data.buffer, data.byteOffset, data.byteLength).slice();
	return String(data);
}

function exactBuffer(octets: Uint8Array): ArrayBuffer {
	const { buffer } = octets;
	return octets.length === buffer.byteLength ? (buffer as ArrayBuffer) : (octets.slice().buffer as ArrayBuffer);
}
