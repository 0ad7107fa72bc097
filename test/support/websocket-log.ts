/** Handlers that write down what they are told. */
import type { Message, Socket, WebSocketHandlers } from '../../src/app/websocket/socket.ts';

export class WebSocketLog implements WebSocketHandlers<string | undefined> {
	/** `open`, `message hello`, `message 1,2`, `ping x`, `pong x`, `drain`, `close 1000 bye`. */
	readonly log: string[] = [];
	readonly sockets: Socket<string | undefined>[] = [];
	/** Called with each message that was written down. */
	onMessage: ((socket: Socket<string | undefined>, message: Message) => unknown) | null = null;

	get last(): Socket<string | undefined> {
		const last = this.sockets.at(-1);
		if (last === undefined) throw new Error('no socket has opened');
		return last;
	}

	open(socket: Socket<string | undefined>): void {
		this.sockets.push(socket);
		this.#tell(socket, 'open');
	}
	message(socket: Socket<string | undefined>, message: Message): unknown {
		this.#tell(socket, `message ${typeof message === 'string' ? message : message.join()}`);
		return this.onMessage?.(socket, message);
	}
	ping(socket: Socket<string | undefined>, payload: Uint8Array): void {
		this.#tell(socket, `ping ${String.fromCharCode(...payload)}`);
	}
	pong(socket: Socket<string | undefined>, payload: Uint8Array): void {
		this.#tell(socket, `pong ${String.fromCharCode(...payload)}`);
	}
	drain(socket: Socket<string | undefined>): void {
		this.#tell(socket, 'drain');
	}
	close(socket: Socket<string | undefined>, code: number, reason: string): void {
		this.#tell(socket, `close ${code}${reason === '' ? '' : ` ${reason}`}`);
	}
	/** What was told since the last call. */
	take(): string[] {
		return this.log.splice(0);
	}

	#tell(socket: Socket<string | undefined>, event: string): void {
		this.log.push(socket.data === undefined ? event : `${socket.data}: ${event}`);
	}
}
