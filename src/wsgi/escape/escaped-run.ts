/** An exchange that an application in a worker has: commands come from there, events go there. */
import type { Socket } from '../../app/websocket/socket.ts';
import type { RichApp } from '../../rich/app.ts';
import type { Exchange, PushHead, Tunnel } from '../../rich/exchange.ts';
import { FAILED, FAILURE_FIELDS } from '../../rich/failure-response.ts';
import type { Handler } from '../../rich/handler.ts';
import type { Outcome } from '../../rich/outcome.ts';
import { isThenable } from '../../rich/thenable.ts';
import { ErrorCode } from '../../wire/fault.ts';
import type { Fields } from '../../wire/fields.ts';
import { latin1Bytes } from '../../wire/latin1.ts';
import { utf8 } from '../../wire/utf8.ts';
import { PythonError } from '../python-error.ts';
import { AHEAD_MAX, HELD_MAX, TEXT, type Words } from './frame-types.ts';
import { HeldOutput } from './held-output.ts';
import { type Remotes, remoteApp } from './remotes.ts';
import type { SocketRelay, SocketTaker } from './socket-relay.ts';

/** The connection to the worker, as a run sees it. */
export interface RunOwner {
	readonly remotes: Remotes;
	readonly sockets: SocketRelay;
	event(number: number, words: Words): void;
	data(number: number, flags: number, octets: Uint8Array): void;
	taken(number: number, octets: number): void;
	/** An application of the worker that no placeholder stands for. */
	reference(number: number): RichApp;
	over(run: EscapedRun): void;
	report(message: string, error: unknown): void;
	broken(message: string): void;
}

/** How the application of a worker runs: it is a handler of the exchange, and has its WebSocket. */
export class EscapedRun implements SocketTaker {
	readonly number: number;
	readonly #exchange: Exchange;
	readonly #owner: RunOwner;
	readonly #output: HeldOutput<Uint8Array>;
	readonly #messages: HeldOutput<string | Uint8Array>;
	#tunnel: Tunnel | null = null;
	#socket: Socket<SocketTaker> | null = null;
	#isAttached = false;
	/** Attached for what comes meanwhile: whether the application wants content is to be said. */
	#isUndecided = false;
	#dropsData = false;
	#isGiven = false;
	#isOver = false;
	/** What is on its way to the application. */
	#ahead = 0;
	#isPaused = false;
	/** Ends what is being written, once all has been sent. */
	#ending: (() => void) | null = null;
	#settle: { resolve: () => void; reject: (error: unknown) => void } | null = null;

	constructor(number: number, exchange: Exchange, owner: RunOwner) {
		this.number = number;
		this.#exchange = exchange;
		this.#owner = owner;
		const taken = (octets: number): void => {
			if (!this.#isOver) owner.taken(number, octets);
		};
		this.#output = new HeldOutput((chunk) => (this.#tunnel ?? this.#exchange).write(chunk), taken);
		this.#messages = new HeldOutput((message) => this.#socket?.send(message) !== false, taken);
	}

	/** Settled when the application's call has. */
	run(): Promise<void> {
		return new Promise((resolve, reject) => {
			this.#settle = { resolve, reject };
		});
	}

	// ---- what the worker sends --------------------------------------------------------------------------------------

	/** Content, octets of a tunnel, or a message. */
	sent(flags: number, octets: Uint8Array): void {
		if (this.#isOver) return;
		try {
			if (this.#socket !== null) {
				const message = (flags & TEXT) !== 0 ? new TextDecoder().decode(octets) : octets;
				this.#messages.add(message, octets.length || 1);
			} else if (!this.#isGiven) this.#output.add(octets, octets.length);
			if (this.#messages.held + this.#output.held > HELD_MAX) this.#owner.broken('more than was to be sent');
		} catch (error) {
			this.#fail(error);
		}
	}

	/** The application has taken so much. */
	taken(octets: number): void {
		this.#ahead -= octets;
		if (!this.#isPaused || this.#ahead > AHEAD_MAX / 2) return;
		this.#isPaused = false;
		(this.#socket ?? this.#tunnel ?? this.#exchange).resume();
	}

	command([name, ...words]: Words): void {
		if (this.#isOver && name !== 'settled') return;
		try {
			this.#command(name, words);
		} catch (error) {
			this.#fail(error);
		}
	}

	#command(name: unknown, words: Words): void {
		const exchange = this.#exchange;
		const [first, second, third] = words;
		switch (name) {
			case 'attach':
				this.#attach(first === true);
				break;
			case 'settled':
				this.#settled();
				break;
			case 'failed':
				this.#fail(new PythonError(String(first), String(second)));
				break;
			case 'discard':
				exchange.discard();
				break;
			case 'inform':
				exchange.inform?.(first as number, second as string[]);
				break;
			case 'respond':
				this.#inherit(third);
				exchange.respond(first as number, second as string[]);
				this.#follow();
				break;
			case 'end':
				this.#end(first as string[]);
				break;
			case 'push': {
				const app = this.#owner.reference(first as number);
				exchange.push?.(second as PushHead, app);
				break;
			}
			case 'accept':
				this.#inherit(second);
				this.#isAttached = true;
				this.#tunnel = exchange.accept?.(first as string[], this.#handler(true)) ?? null;
				break;
			case 'abort':
				(this.#tunnel ?? exchange).abort(first as number);
				break;
			case 'refuse':
				exchange.refuse();
				break;
			case 'retire':
				exchange.retire();
				break;
			case 'websocket':
				this.#inherit(second);
				this.#give(this.#owner.sockets.run(exchange, first as Record<string, unknown>, this), true);
				break;
			case 'remote':
				this.#inherit(third);
				this.#give(remoteApp(this.#owner.remotes, first, second)(exchange) as ReturnType<RichApp>, false);
				break;
			default:
				this.#socketCommand(name, words);
		}
	}

	#socketCommand(name: unknown, [first, second, third]: Words): void {
		const socket = this.#socket;
		if (socket === null) return;
		if (name === 'close') this.#afterOutput(() => socket.close(first as number, second as string));
		else if (name === 'terminate') socket.terminate();
		else if (name === 'subscribe') socket.subscribe(String(first));
		else if (name === 'unsubscribe') socket.unsubscribe(String(first));
		else if (name === 'publish') socket.publish(String(first), publishedMessage(second, third));
		else this.#owner.broken(`the command ${JSON.stringify(name)}`);
	}

	/**
	 * `drain` and `closed` come to a handler alone, and the application may wait for them while it is still called: so there is one from the response
	 * on. Content waits until the application says whether it wants any.
	 */
	#follow(): void {
		if (this.#isAttached) return;
		this.#isAttached = true;
		this.#isUndecided = true;
		this.#exchange.pause();
		this.#exchange.attach(this.#handler(true));
	}

	#attach(wantsData: boolean): void {
		this.#dropsData = !wantsData;
		if (this.#isUndecided) {
			this.#isUndecided = false;
			this.#exchange.resume();
		} else if (!this.#isAttached) {
			this.#isAttached = true;
			this.#exchange.attach(this.#handler(wantsData));
		}
	}

	#handler(wantsData: boolean): Handler {
		const handler: Handler = {
			end: (trailers: Fields) => this.#event('end', trailers.lines),
			drain: () => this.#drained(),
			stopping: () => this.leave(true),
			closed: (outcome: Outcome) => this.#closed(outcome),
		};
		if (wantsData) handler.data = (chunk) => this.#data(0, chunk);
		return handler;
	}

	/** Another application has the exchange, or a WebSocket does. */
	#give(returned: ReturnType<RichApp>, isSocket: boolean): void {
		this.#isGiven = true;
		const given = isThenable(returned) ? (returned as PromiseLike<Handler | void>) : null;
		const settle = this.#settle;
		this.#settle = null;
		const done = (handler: Handler | void): void => {
			if (handler != null) this.#exchange.attach(handler);
			settle?.resolve();
			if (!isSocket || this.#socket === null) this.#over(['closed', isSocket ? 'complete' : 'handed over', 0]);
		};
		if (given === null) done(returned as Handler | void);
		else
			given.then(done, (error: unknown) => {
				settle?.reject(error);
				this.#over(['closed', 'aborted', ErrorCode.INTERNAL_ERROR]);
			});
	}

	/** What the application has left of what it has inherited. */
	#inherit(given: unknown): void {
		const { inherited } = this.#exchange;
		if (!Array.isArray(given) || inherited === null) return;
		for (const name of new Set([...inherited].map(([each]) => each))) inherited.delete(name);
		for (let at = 0; at < given.length; at += 2) inherited.append(given[at] as string, given[at + 1] as string);
	}

	#settled(): void {
		const settle = this.#settle;
		this.#settle = null;
		// Somebody has to hear of the end.
		if ((!this.#isAttached || this.#isUndecided) && !this.#isGiven && !this.#isOver) {
			this.#attach(false);
			this.#exchange.discard();
		}
		settle?.resolve();
	}

	#end(trailers: readonly string[]): void {
		this.#afterOutput(() => {
			if (this.#tunnel !== null) this.#tunnel.end();
			else this.#exchange.end(null, trailers);
		});
	}

	/** Does it now, or when all has been sent that came before. */
	#afterOutput(act: () => void): void {
		if (this.#output.isEmpty && this.#messages.isEmpty) act();
		else this.#ending = act;
	}

	// ---- what goes to the worker ------------------------------------------------------------------------------------

	#data(flags: number, octets: Uint8Array): void {
		if (this.#isOver || this.#dropsData) return;
		this.#ahead += octets.length;
		this.#owner.data(this.number, flags, octets);
		if (this.#ahead < AHEAD_MAX || this.#isPaused) return;
		this.#isPaused = true;
		(this.#socket ?? this.#tunnel ?? this.#exchange).pause();
	}

	#event(...words: Words): void {
		if (!this.#isOver) this.#owner.event(this.number, words);
	}

	#drained(): void {
		try {
			(this.#socket === null ? this.#output : this.#messages).drain();
			if (this.#ending !== null && this.#output.isEmpty && this.#messages.isEmpty) {
				const act = this.#ending;
				this.#ending = null;
				act();
			}
		} catch (error) {
			this.#fail(error);
		}
	}

	#closed({ reason, code }: Outcome): void {
		this.#over(['closed', reason, code]);
	}

	#over(words: Words): void {
		if (this.#isOver) return;
		this.#event(...words);
		this.#isOver = true;
		const settle = this.#settle;
		this.#settle = null;
		settle?.resolve();
		this.#output.drop();
		this.#messages.drop();
		this.#owner.over(this);
	}

	#fail(error: unknown): void {
		const settle = this.#settle;
		if (settle !== null) {
			this.#settle = null;
			settle.reject(error);
			this.#over(['closed', 'aborted', ErrorCode.INTERNAL_ERROR]);
			return;
		}
		const exchange = this.#exchange;
		this.#owner.report(`the application that ${exchange.method} ${exchange.target} escaped to has failed`, error);
		if (this.#socket !== null) this.#socket.close(1011);
		else if (exchange.responded) (this.#tunnel ?? exchange).abort(ErrorCode.INTERNAL_ERROR);
		else {
			exchange.respond(500, FAILURE_FIELDS);
			exchange.end(FAILED);
		}
	}

	// ---- the WebSocket ----------------------------------------------------------------------------------------------

	opened(socket: Socket<SocketTaker>): void {
		this.#socket = socket;
		this.#event('open', socket.subprotocol);
	}

	message(message: string | Uint8Array): void {
		if (typeof message === 'string') this.#data(TEXT, utf8(message));
		else this.#data(0, message);
	}

	drained(): void {
		this.#drained();
	}

	socketClosed(code: number, reason: string): void {
		this.#event('socketClosed', code, reason);
		this.#over(['closed', 'complete', 0]);
	}

	// ---- the worker -------------------------------------------------------------------------------------------------

	/** The worker is to end: a reload, or a stop of the server. */
	leave(isStopping: boolean): void {
		if (this.#socket === null) this.#event('leave');
		else this.#socket.close(isStopping ? 1001 : 1012, isStopping ? 'going away' : 'service restart');
	}

	/** The worker has ended. */
	lost(): void {
		if (this.#isOver) return;
		const exchange = this.#exchange;
		const settle = this.#settle;
		this.#settle = null;
		this.#isOver = true;
		this.#owner.over(this);
		if (this.#socket !== null) this.#socket.close(1012, 'service restart');
		else if (!exchange.responded) {
			exchange.respond(502, FAILURE_FIELDS);
			exchange.end(utf8('Bad Gateway: the process of the application ended\n'));
		} else (this.#tunnel ?? exchange).abort(ErrorCode.INTERNAL_ERROR);
		settle?.resolve();
	}
}

/** A message as a command has it: text, or octets as characters. */
export function publishedMessage(message: unknown, isText: unknown): string | Uint8Array {
	return isText === true ? String(message) : latin1Bytes(String(message));
}
