/** For those who prefer loops: messages by an async iterator, and sending that can be awaited. */
import { CloseCode } from '../../engine/websocket/close-code.ts';
import { quiet } from '../../wire/quiet.ts';
import type { Message, SendOptions, Socket } from './socket.ts';

/** A WebSocket ended before what was awaited could happen. */
export class WebSocketEnded extends Error {
	override readonly name: string = 'WebSocketEnded';
	readonly code: number;
	readonly reason: string;

	constructor(code: number, reason: string) {
		super(`The WebSocket ended: ${code}${reason === '' ? '' : `, ${reason}`}.`);
		this.code = code;
		this.reason = reason;
	}
}

/** How a WebSocket ended. */
export interface WebSocketEnd {
	readonly code: number;
	readonly reason: string;
}

/**
 * A WebSocket for loops. Iteration ends when the client has closed, whatever its code, and throws {@link WebSocketEnded}
 * when it ended without a Close frame. Leaving the loop early closes the socket with 1000.
 */
export class MessageLoop implements AsyncIterableIterator<Message, undefined> {
	/** How it ended. Never rejects. */
	readonly closed: Promise<WebSocketEnd>;
	readonly #socket: Socket<undefined>;
	readonly #messages: Message[] = [];
	#end: WebSocketEnd | null = null;
	#reader: PromiseWithResolvers<IteratorResult<Message, undefined>> | null = null;
	/** While the client is waited for. */
	#drained: PromiseWithResolvers<void> | null = null;
	#close!: (end: WebSocketEnd) => void;

	constructor(socket: Socket<undefined>) {
		this.#socket = socket;
		this.closed = new Promise((resolve) => {
			this.#close = resolve;
		});
		socket.pause();
	}

	/** The socket itself, for what is not here. */
	get socket(): Socket<undefined> {
		return this.#socket;
	}

	/** Sends a message; resolves when more may be sent. Rejects with {@link WebSocketEnded} when it ends first. */
	send(message: Message, options?: SendOptions): Promise<void> {
		if (this.#end !== null || !this.#socket.isOpen) return quiet(Promise.reject(this.#ended()));
		let more: boolean;
		try {
			more = this.#socket.send(message, options);
		} catch (error) {
			return quiet(Promise.reject(error as Error));
		}
		if (more) return Promise.resolve();
		this.#drained ??= Promise.withResolvers();
		return quiet(this.#drained.promise);
	}

	/** Begins the closing handshake. */
	close(code?: number, reason?: string): void {
		this.#socket.close(code, reason);
	}

	next(): Promise<IteratorResult<Message, undefined>> {
		const message = this.#messages.shift();
		if (message !== undefined) return Promise.resolve({ done: false, value: message });
		if (this.#end !== null) return this.#last();
		this.#reader ??= Promise.withResolvers();
		this.#socket.resume();
		return quiet(this.#reader.promise);
	}

	return(): Promise<IteratorResult<Message, undefined>> {
		this.#messages.length = 0;
		this.#socket.close(CloseCode.NORMAL);
		return Promise.resolve({ done: true, value: undefined });
	}

	[Symbol.asyncIterator](): this {
		return this;
	}

	// ---- for the application that it belongs to ---------------------------------------------------------------------

	static received(loop: MessageLoop, message: Message): void {
		loop.#socket.pause();
		const reader = loop.#reader;
		loop.#reader = null;
		if (reader === null) loop.#messages.push(message);
		else reader.resolve({ done: false, value: message });
	}

	static drained(loop: MessageLoop): void {
		loop.#drained?.resolve();
		loop.#drained = null;
	}

	static ended(loop: MessageLoop, code: number, reason: string): void {
		loop.#end = { code, reason };
		loop.#close(loop.#end);
		loop.#drained?.reject(loop.#ended());
		const reader = loop.#reader;
		loop.#reader = null;
		if (reader !== null) loop.#last().then(reader.resolve, reader.reject);
	}

	#last(): Promise<IteratorResult<Message, undefined>> {
		if (this.#end?.code === CloseCode.ABNORMAL) return quiet(Promise.reject(this.#ended()));
		return Promise.resolve({ done: true, value: undefined });
	}

	#ended(): WebSocketEnded {
		return new WebSocketEnded(this.#end?.code ?? CloseCode.ABNORMAL, this.#end?.reason ?? 'it is closing');
	}
}
