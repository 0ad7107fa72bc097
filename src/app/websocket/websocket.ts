/** A rich application of WebSockets: the handshake, and a session for each client that is accepted. */
import type { DeflateCodec } from '../../engine/websocket/deflate-codec.ts';
import { type Handshake, type HandshakeRefusal, readHandshake } from '../../engine/websocket/handshake.ts';
import { agree, PerMessageDeflate } from '../../engine/websocket/permessage-deflate.ts';
import { type RichApp, rich } from '../../rich/app.ts';
import { described } from '../../rich/described.ts';
import type { Exchange } from '../../rich/exchange.ts';
import { isThenable } from '../../rich/thenable.ts';
import { Misuse } from '../../wire/fault.ts';
import { Fields } from '../../wire/fields.ts';
import { utf8 } from '../../wire/utf8.ts';
import { requireClosing } from './close-reason.ts';
import { LiveSocket } from './live-socket.ts';
import { type WebSocketOptions, type WebSocketSettings, webSocketSettings } from './options.ts';
import { mayConnect } from './origin.ts';
import { Session } from './session.ts';
import type { SessionContext } from './session-context.ts';
import type { Offer, Upgrade, WebSocketHandlers } from './socket.ts';
import { SocketClock } from './socket-clock.ts';
import type { Topics } from './topics.ts';

/** A rich application that accepts WebSockets. */
export interface WebSocketApp extends RichApp {
	/** Where its sockets subscribe. */
	readonly topics: Topics;
	/** How many sockets are open or closing. */
	readonly size: number;
	/**
	 * Accepts the WebSocket that an exchange asks for, here and now, in the midst of another application: `upgrade` is not
	 * called, `open` is, before this returns.
	 * @param subprotocols what is spoken, the best first; those of the options by default
	 * @throws Misuse when it cannot be accepted, and nothing has been done (WS-37)
	 */
	accept(exchange: Exchange, subprotocols?: readonly string[]): void;
	/** Closes all of them, by default with 1001 (going away): what to do before a graceful stop of the server. */
	closeAll(code?: number, reason?: string): void;
}

const HANDLERS: readonly string[] = ['upgrade', 'open', 'message', 'ping', 'pong', 'drain', 'close'];

/**
 * Makes the application.
 * @param codec makes a codec of a level, for permessage-deflate; null where there is none
 * @throws Misuse for handlers or options that make no sense (WS-1)
 */
export function webSocketApp<Data>(
	handlers: WebSocketHandlers<Data>,
	options: WebSocketOptions,
	codec: ((level: number) => DeflateCodec) | null,
): WebSocketApp {
	if (typeof handlers !== 'object' || handlers === null) {
		throw new Misuse(
			'WS-1',
			`websocket() takes an object with the methods ${HANDLERS.join(', ')}, not ${described(handlers)}.`,
		);
	}
	const settings = webSocketSettings(options, codec);
	const server = new WebSocketServer(handlers, settings);
	const app = rich((exchange) => server.answer(exchange), {
		protocols: ['websocket', ...(settings.otherwise?.protocols ?? [])],
		start: async () => {
			await settings.topics.start();
			await settings.otherwise?.start?.();
		},
		stop: async () => {
			await settings.otherwise?.stop?.();
			await settings.topics.stop();
		},
	});
	return Object.defineProperties(app, {
		topics: { value: settings.topics },
		accept: {
			value: (exchange: Exchange, subprotocols = settings.subprotocols) => server.accept(exchange, subprotocols),
		},
		size: { get: () => server.sessions.length },
		closeAll: { value: (code = 1001, reason = '') => server.closeAll(code, reason) },
	}) as WebSocketApp;
}

/** What `upgrade` comes to. */
type Decided<Data> = Upgrade<Data> | undefined | void;

class WebSocketServer<Data> {
	readonly #settings: WebSocketSettings;
	readonly #context: SessionContext<Data>;

	constructor(handlers: WebSocketHandlers<Data>, settings: WebSocketSettings) {
		this.#settings = settings;
		const { limits, times, topics, codec, threshold, readsWhileBlocked } = settings;
		const clock = new SocketClock(tickInterval(Object.values(times)));
		this.#context = { handlers, limits, times, clock, topics, codec, threshold, readsWhileBlocked };
	}

	get sessions(): readonly Session<Data>[] {
		return this.#context.clock.members as readonly Session<Data>[];
	}

	closeAll(code: number, reason: string): void {
		const octets = requireClosing(code, reason);
		for (const session of this.sessions) session.close(code, octets);
	}

	answer(exchange: Exchange): ReturnType<RichApp> {
		if (exchange.protocol?.toLowerCase() !== 'websocket' || exchange.accept === null)
			return this.#answerOther(exchange);
		const handshake = readHandshake(exchange);
		if ('status' in handshake) {
			refuse(exchange, handshake);
			return;
		}
		const origin = exchange.fields.first('origin');
		if (origin !== null && !mayConnect(origin, exchange, this.#settings.origins)) {
			refuse(exchange, {
				status: 403,
				fields: [],
				message: 'This origin may not connect: the option origins of websocket() says which may (WS-8).',
			});
			return;
		}
		const { upgrade } = this.#context.handlers;
		const { subprotocols } = handshake;
		const subprotocol = this.#settings.subprotocols.find((name) => subprotocols.includes(name)) ?? null;
		if (upgrade === undefined) {
			this.#accept(exchange, handshake, subprotocol, undefined);
			return;
		}
		const offer: Offer = { subprotocols, subprotocol, origin };
		const decided = upgrade.call(this.#context.handlers, exchange, offer);
		if (isThenable(decided)) {
			return (decided as PromiseLike<Decided<Data>>).then((later) => {
				this.#accept(exchange, handshake, subprotocol, later);
			});
		}
		this.#accept(exchange, handshake, subprotocol, decided as Decided<Data>);
	}

	accept(exchange: Exchange, subprotocols: readonly string[]): void {
		if (exchange.protocol?.toLowerCase() !== 'websocket' || exchange.accept === null) {
			throw new Misuse('WS-37', 'The exchange asks for no WebSocket.');
		}
		if (exchange.responded || exchange.outcome !== null) {
			throw new Misuse('WS-37', 'The exchange was answered already, or its client has gone.');
		}
		const handshake = readHandshake(exchange);
		if ('status' in handshake) throw new Misuse('WS-37', handshake.message);
		const origin = exchange.fields.first('origin');
		if (origin !== null && !mayConnect(origin, exchange, this.#settings.origins)) {
			throw new Misuse('WS-37', `The origin ${origin} may not connect: the option origins says which may.`);
		}
		const subprotocol = subprotocols.find((name) => handshake.subprotocols.includes(name)) ?? null;
		this.#accept(exchange, handshake, subprotocol, undefined);
	}

	#answerOther(exchange: Exchange): ReturnType<RichApp> {
		const { otherwise } = this.#settings;
		if (otherwise !== null) return otherwise(exchange);
		const message = 'Here is a WebSocket (RFC 6455, RFC 8441), and this request asks for none.';
		// An Upgrade field, which 426 must have, can be sent on HTTP/1.1 alone (RFC 9110 §7.8).
		if (exchange.httpVersion === '1.1' && exchange.method !== 'CONNECT') {
			refuse(exchange, { status: 426, fields: ['upgrade', 'websocket', 'sec-websocket-version', '13'], message });
		} else {
			refuse(exchange, { status: exchange.protocol === null ? 400 : 501, fields: [], message });
		}
	}

	#accept(exchange: Exchange, handshake: Handshake, chosen: string | null, upgrade: Decided<Data>): void {
		// The application has refused it, or the client has gone.
		if (exchange.responded || exchange.outcome !== null) return;
		const subprotocol = upgrade?.subprotocol === undefined ? chosen : upgrade.subprotocol;
		if (subprotocol !== null && !handshake.subprotocols.includes(subprotocol)) {
			throw new Misuse('WS-6', `The client does not offer the subprotocol ${JSON.stringify(subprotocol)}.`);
		}
		const fields = acceptFields(upgrade);
		if (handshake.accept !== null) fields.append('sec-websocket-accept', handshake.accept);
		if (subprotocol !== null) fields.append('sec-websocket-protocol', subprotocol);
		const { deflate: policy, codec, topics } = this.#settings;
		const agreement = policy === null ? null : agree(handshake.extensions, policy);
		if (agreement !== null) fields.append('sec-websocket-extensions', agreement.response);
		const deflate = agreement === null || codec === null ? null : new PerMessageDeflate(agreement, codec);
		const session = new Session(this.#context, deflate);
		const socket = new LiveSocket(session, exchange, subprotocol, upgrade?.data as Data, topics);
		const tunnel = exchange.accept?.(fields, session);
		if (tunnel !== undefined) session.begin(tunnel, socket);
	}
}

function acceptFields(upgrade: { readonly fields?: Upgrade<unknown>['fields'] } | undefined | void): Fields {
	const fields = Fields.from(upgrade?.fields ?? []).clone();
	for (const [name] of fields) {
		if (!/^sec-websocket-|^upgrade$/i.test(name)) continue;
		throw new Misuse('WS-9', `${name} belongs to the handshake: leave it out of the fields that upgrade gives.`);
	}
	return fields;
}

function refuse(exchange: Exchange, { status, fields, message }: HandshakeRefusal): void {
	exchange.respond(status, [...fields, 'content-type', 'text/plain; charset=utf-8']);
	exchange.end(utf8(`${message}\n`));
}

/** Once a second, or often enough for shorter times. */
function tickInterval(times: readonly number[]): number {
	const shortest = Math.min(...times.filter((time) => time > 0));
	return Math.min(1000, Math.max(10, Math.floor(shortest / 4)));
}
