/** HTTP/1: one request with its response, as listeners of `request` are given them. */
import type { Duplex, IncomingMessage, ServerResponse, Socket, TLSSocket } from '../../layer/node/server-objects.ts';
import type { CarrierEnd, RequestHead } from '../../wire/carrier.ts';
import { Fields } from '../../wire/fields.ts';
import { statusPhrase } from '../../wire/status-phrases.ts';
import type { NodeSide, ResponseStart } from './side.ts';

/** What Node.js has from 24 on, and what it has had before without saying so. */
type Informing = ServerResponse & {
	writeInformation?(status: number, lines: readonly string[]): unknown;
	_writeRaw(text: string, encoding: 'latin1'): unknown;
};

/** A side over IncomingMessage and ServerResponse. What other middleware has set in the response is sent with it. */
export class MessageSide implements NodeSide {
	readonly input: IncomingMessage | Duplex;
	readonly output: ServerResponse;
	readonly canInform: boolean;
	readonly inputIsConnection: boolean = false;
	readonly canPush: boolean = false;
	readonly canTrail: boolean;
	readonly #request: IncomingMessage;
	readonly #isHead: boolean;
	readonly #bodiless: boolean;
	/** 100 (Continue) is waited for, and has not been sent. */
	#uninvited: boolean;
	#retired = false;
	/** The head has said that the connection closes. */
	#closing = false;

	/** @param input where what comes behind the head is read */
	constructor(
		request: IncomingMessage,
		response: ServerResponse,
		head: RequestHead,
		input: IncomingMessage | Duplex = request,
	) {
		this.#request = request;
		this.input = input;
		this.output = response;
		this.canInform = head.httpVersion !== '1.0';
		this.canTrail = head.httpVersion !== '1.0';
		this.#bodiless = head.contentLength === 0;
		this.#isHead = head.method === 'HEAD';
		this.#uninvited = head.expectsContinue;
		response.on('finish', () => {
			if (this.#retired && !this.#closing) request.socket.destroySoon();
		});
	}

	/** Only what came by `upgrade` or `connect` can be accepted. */
	get canAccept(): boolean {
		return false;
	}

	get outputWhole(): boolean {
		return this.output.writableFinished;
	}

	get bodiless(): boolean {
		return this.#bodiless;
	}

	get inputWhole(): boolean {
		return this.#request.complete;
	}

	trailers(): Fields {
		return new Fields(this.#request.rawTrailers.slice());
	}

	inform(status: number, fields: Fields): void {
		if (status === 100) this.#uninvited = false;
		const response = this.output as Informing;
		if (typeof response.writeInformation === 'function') {
			response.writeInformation(status, fields.lines);
			return;
		}
		const lines = [...fields].map(([name, value]) => `${name}: ${value}\r\n`).join('');
		response._writeRaw(`HTTP/1.1 ${status} ${statusPhrase(status)}\r\n${lines}\r\n`, 'latin1');
	}

	continue(): void {
		this.#uninvited = false;
		this.output.writeContinue();
	}

	respond({ status, fields, reason, length, alone }: ResponseStart): void {
		const response = this.output;
		const lines = fields.lines.slice();
		const bodiless = this.#isHead || status === 204 || status === 304;
		const measured = fields.has('content-length');
		if (length >= 0 && !bodiless && !measured) lines.push('Content-Length', String(length));
		// Node.js refuses Trailer where nothing can come behind the content.
		if (bodiless || measured || length >= 0 || !this.canTrail) removeLines(lines, 'trailer');
		this.#closing = this.#retired || this.#uninvited || this.closes;
		const options = [this.#closing ? 'close' : '', fields.has('upgrade') ? 'Upgrade' : ''].filter(
			(option) => option !== '',
		);
		if (options.length > 0) lines.push('Connection', options.join(', '));
		response.writeHead(status, reason ?? statusPhrase(status), lines);
		if (alone) response.flushHeaders();
	}

	/** Whether the connection cannot go on whatever the application says. */
	protected get closes(): boolean {
		return false;
	}

	end(trailers: Fields | null): void {
		if (trailers !== null && trailers.size > 0) this.output.addTrailers([...trailers]);
		this.output.end();
	}

	accept(_fields: Fields): Duplex {
		throw new Error('A request that came without the event upgrade or connect opens no tunnel.');
	}

	push(): null {
		return null;
	}

	reset(_code: number): void {
		// What ends with the connection alone would pass for whole if that were closed in an orderly way.
		if (this.output.headersSent && !this.canTrail) sever(this.#request.socket);
		else this.#request.socket.destroy();
	}

	/** Node.js reads the rest, so that the connection can go on. */
	abandon(): void {}

	retire(): void {
		this.#retired = true;
	}

	lostBy(): { readonly end: CarrierEnd; readonly code: number } {
		return { end: 'lost', code: 0 };
	}
}

/** Closes a socket in a way that the peer can tell from an end, where there is one: on TLS the missing close_notify tells. */
export function sever(socket: Socket): void {
	const plain = (socket as TLSSocket).encrypted !== true && socket.remoteFamily !== undefined;
	if (plain) socket.resetAndDestroy();
	else socket.destroy();
}

function removeLines(lines: string[], name: string): void {
	for (let at = lines.length - 2; at >= 0; at -= 2) {
		if ((lines[at] as string).toLowerCase() === name) lines.splice(at, 2);
	}
}
