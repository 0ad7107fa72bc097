/** The connection for escapes of one worker: its registrations, and the exchanges that its applications have. */
import type { Socket } from 'node:net';
import { readInto } from '../../host/node/socket-reading.ts';
import type { Environ } from '../../layer/gateway/environ.ts';
import { type RichApp, rich } from '../../rich/app.ts';
import type { Exchange } from '../../rich/exchange.ts';
import { FAILURE_FIELDS } from '../../rich/failure-response.ts';
import { utf8 } from '../../wire/utf8.ts';
import { FrameReader, type FrameSink } from '../frame-reader.ts';
import { frameHeader, readU32, u32 } from '../frames.ts';
import { PythonError } from '../python-error.ts';
import { EscapedRun, publishedMessage, type RunOwner } from './escaped-run.ts';
import { EscapeFrame, type Words } from './frame-types.ts';
import { placed } from './placed.ts';
import { type Remotes, remoteApp } from './remotes.ts';
import { runHead } from './run-head.ts';
import type { SocketRelay } from './socket-relay.ts';

/** What all workers of an application share. */
export interface EscapeSettings {
	readonly remotes: Remotes;
	readonly sockets: SocketRelay;
}

/** Whose the connection is. */
export interface EscapesOwner {
	/** The environ of the request of this number, while a thread has it and has not answered; else null. */
	environOf(request: number): Environ | null;
	/** An exchange is over: there may be none any more. */
	escapeOver(): void;
	broken(message: string): void;
	report(message: string, error?: unknown): void;
}

/** What a worker says of an application that it registers. */
interface Registered {
	readonly request: number;
	readonly content: 'any' | 'whole';
	readonly remote?: readonly [name: string, said: unknown];
}

export class Escapes implements FrameSink, RunOwner {
	readonly remotes: Remotes;
	readonly sockets: SocketRelay;
	readonly #socket: Socket;
	readonly #owner: EscapesOwner;
	readonly #runs = new Map<number, EscapedRun>();
	/** Octets that were taken, of runs that have not been told. */
	readonly #taken = new Map<number, number>();
	#isOpen = true;
	#isLeaving: 'no' | 'reload' | 'stop' = 'no';

	constructor(socket: Socket, settings: EscapeSettings, owner: EscapesOwner) {
		this.remotes = settings.remotes;
		this.sockets = settings.sockets;
		this.#socket = socket;
		this.#owner = owner;
		const reader = new FrameReader(this);
		readInto(socket, (octets) => {
			reader.feed(octets);
			this.#tellTaken();
		});
		socket.on('error', () => {});
		socket.on('end', () => socket.destroy());
		socket.on('close', () => this.#gone());
	}

	/** How many exchanges applications of the worker have. */
	get size(): number {
		return this.#runs.size;
	}

	/** The worker is to end: WebSockets are closed, and all others told. */
	leave(isStopping: boolean): void {
		this.#isLeaving = isStopping ? 'stop' : 'reload';
		for (const run of [...this.#runs.values()]) run.leave(isStopping);
	}

	/** The worker is told to end: nothing more comes. */
	end(): void {
		this.#tellTaken();
		this.#isOpen = false;
		this.#socket.end();
	}

	/** The process has ended. */
	destroy(): void {
		this.#socket.destroy();
	}

	#gone(): void {
		this.#isOpen = false;
		for (const run of [...this.#runs.values()]) {
			try {
				run.lost();
			} catch (error) {
				this.report('an exchange of a worker that has ended could not be ended', error);
			}
		}
	}

	// ---- what the worker sends --------------------------------------------------------------------------------------

	frame(type: number, flags: number, stream: number, payload: Uint8Array): void {
		if (type === EscapeFrame.DATA) this.#runs.get(stream)?.sent(flags, payload.slice());
		else if (type === EscapeFrame.TAKEN && payload.length === 4) this.#runs.get(stream)?.taken(readU32(payload, 0));
		else if (type === EscapeFrame.COMMAND || type === EscapeFrame.REGISTER) this.#said(type, stream, payload);
		else this.broken(`a frame of type ${type} on its connection for escapes`);
	}

	content(): void {
		this.broken('content on its connection for escapes');
	}

	broken(message: string): void {
		this.#owner.broken(message);
	}

	#said(type: number, stream: number, payload: Uint8Array): void {
		let said: unknown;
		try {
			said = JSON.parse(new TextDecoder().decode(payload));
		} catch {
			this.broken('what is no JSON on its connection for escapes');
			return;
		}
		if (type === EscapeFrame.REGISTER) void this.#register(stream, said as Registered);
		else if (!Array.isArray(said)) this.broken('a command that is none');
		else if (stream === 0) this.#publish(said);
		else this.#command(stream, said);
	}

	#command(number: number, words: Words): void {
		const run = this.#runs.get(number);
		if (run !== undefined) run.command(words);
		else if (words[0] === 'failed') {
			const error = new PythonError(String(words[1]), String(words[2]));
			this.report('an application of Python has failed when its exchange was over', error);
		}
	}

	#publish([name, topic, message, isText]: Words): void {
		if (name !== 'publish') {
			this.broken('a command for no exchange');
			return;
		}
		try {
			this.sockets.topics.publish(String(topic), publishedMessage(message, isText));
		} catch (error) {
			// A bad topic, say: the mistake of one call, which nobody else's exchanges may pay for.
			this.report('a publication of Python was refused', error);
		}
	}

	async #register(number: number, { request, content, remote }: Registered): Promise<void> {
		let isRegistered = false;
		try {
			const environ = this.#owner.environOf(request);
			if (environ === null) {
				this.#send(
					EscapeFrame.REFUSED,
					0,
					number,
					utf8(
						'An escape was registered when the response had begun, or its exchange was over: register before anything is sent (ESC-5).',
					),
				);
				return;
			}
			const app = remote === undefined ? this.reference(number) : remoteApp(this.remotes, remote[0], remote[1]);
			const answer = await placed(environ, app, {
				content: content === 'whole' ? 'whole' : 'any',
				discarded: (why) => this.#send(EscapeFrame.DISCARDED, 0, number, utf8(JSON.stringify(why))),
			});
			isRegistered = true;
			this.#send(EscapeFrame.PLACED, 0, number, answer);
		} catch (error) {
			if (isRegistered) this.report('an escape could not be told', error);
			else this.#send(EscapeFrame.REFUSED, 0, number, utf8(error instanceof Error ? error.message : String(error)));
		}
	}

	// ---- what goes to the worker ------------------------------------------------------------------------------------

	reference(number: number): RichApp {
		return rich((exchange) => this.#run(number, exchange), { protocols: ['websocket'] });
	}

	#run(number: number, exchange: Exchange): void | Promise<void> {
		if (!this.#isOpen) {
			exchange.respond(502, FAILURE_FIELDS);
			exchange.end(utf8('Bad Gateway: the process of the application ended\n'));
			return;
		}
		const run = new EscapedRun(number, exchange, this);
		this.#runs.set(number, run);
		this.#send(EscapeFrame.RUN, 0, number, utf8(runHead(exchange)));
		return run.run();
	}

	event(number: number, words: Words): void {
		this.#send(EscapeFrame.EVENT, 0, number, utf8(JSON.stringify(words)));
		// What opens while the worker is to end is told at once.
		if (this.#isLeaving !== 'no' && words[0] === 'open') {
			queueMicrotask(() => this.#runs.get(number)?.leave(this.#isLeaving === 'stop'));
		}
	}

	data(number: number, flags: number, octets: Uint8Array): void {
		this.#send(EscapeFrame.DATA, flags, number, octets);
	}

	taken(number: number, octets: number): void {
		if (this.#taken.size === 0) queueMicrotask(() => this.#tellTaken());
		this.#taken.set(number, (this.#taken.get(number) ?? 0) + octets);
	}

	#tellTaken(): void {
		for (const [number, octets] of this.#taken) {
			if (this.#isOpen) {
				this.#socket.write(frameHeader(4, EscapeFrame.TAKEN, 0, number) + u32(octets), 'latin1');
			}
		}
		this.#taken.clear();
	}

	over(run: EscapedRun): void {
		this.#runs.delete(run.number);
		this.#owner.escapeOver();
	}

	report(message: string, error?: unknown): void {
		this.#owner.report(message, error);
	}

	#send(type: number, flags: number, number: number, payload: Uint8Array): void {
		if (!this.#isOpen) return;
		const socket = this.#socket;
		socket.cork();
		socket.write(frameHeader(payload.length, type, flags, number), 'latin1');
		if (payload.length > 0) socket.write(payload);
		socket.uncork();
	}
}
