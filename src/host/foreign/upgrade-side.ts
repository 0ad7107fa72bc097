/** HTTP/1: an Upgrade or a CONNECT, for which Node.js gives a request and a bare socket. */
import { type IncomingMessage, ServerResponse, STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import { MessageSide, sever } from '../../adapter/node-host/message-side.ts';
import type { RequestHead } from '../../wire/carrier.ts';
import type { Fields } from '../../wire/fields.ts';

/** How long the peer may take to close too, in milliseconds, so that a refusal is not lost. */
const LINGER = 2000;

/** A side that can open a tunnel. Where it does not, a response is sent as to any request, and the connection closes behind it. */
export class UpgradeSide extends MessageSide {
	override readonly inputIsConnection: boolean = true;
	readonly #socket: Socket;
	readonly #protocol: string | null;
	#tunnel = false;

	/** @param early what has come behind the head already */
	constructor(request: IncomingMessage, socket: Socket, early: Uint8Array, head: RequestHead) {
		const response = new ServerResponse(request);
		super(request, response, head, socket);
		this.#socket = socket;
		this.#protocol = head.method === 'CONNECT' ? null : head.protocol;
		response.assignSocket(socket);
		response.on('finish', () => this.#close());
		if (early.length > 0) socket.unshift(early);
	}

	override get canAccept(): boolean {
		return true;
	}

	protected override get closes(): boolean {
		return true;
	}

	/** The end of the socket is that of what the client sends. */
	override get inputWhole(): boolean {
		return true;
	}

	override accept(fields: Fields): Socket {
		const socket = this.#socket;
		const status = this.#protocol === null ? 200 : 101;
		let head = `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n`;
		for (const [name, value] of fields) head += `${name}: ${value}\r\n`;
		if (this.#protocol === null && !fields.has('date')) head += `Date: ${new Date().toUTCString()}\r\n`;
		if (this.#protocol !== null && !fields.has('upgrade')) head += `Upgrade: ${this.#protocol}\r\n`;
		if (this.#protocol !== null) head += 'Connection: Upgrade\r\n';
		this.#tunnel = true;
		this.output.detachSocket(socket);
		socket.write(`${head}\r\n`, 'latin1');
		return socket;
	}

	override reset(code: number): void {
		if (this.#tunnel) sever(this.#socket);
		else super.reset(code);
	}

	#close(): void {
		const socket = this.#socket;
		if (this.#tunnel) return;
		this.output.detachSocket(socket);
		// What the client still sends is read and dropped: unread bytes would make the close a reset, and lose our last words.
		socket.end();
		const timer = setTimeout(() => socket.destroy(), LINGER);
		socket.on('close', () => clearTimeout(timer));
	}
}
