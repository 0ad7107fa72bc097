/** What all sockets of an application share. */
import type { DeflateCodec } from '../../engine/websocket/deflate-codec.ts';
import type { WebSocketLimits } from '../../engine/websocket/limits.ts';
import type { WebSocketHandlers } from './socket.ts';
import type { SocketClock } from './socket-clock.ts';
import type { TopicHub } from './topics.ts';

export interface SessionContext<Data> {
	readonly handlers: WebSocketHandlers<Data>;
	readonly limits: WebSocketLimits;
	/** In milliseconds; 0 for never, but for `closing`. */
	readonly times: {
		/** After so much silence of the client a Ping is sent. */
		readonly pingEvery: number;
		/** After so much silence it is taken for dead. */
		readonly idle: number;
		/** How long the closing handshake may take. */
		readonly closing: number;
	};
	readonly clock: SocketClock;
	readonly topics: TopicHub;
	/** Null where nothing is compressed. */
	readonly codec: DeflateCodec | null;
	/** From so many octets (characters, of text) on a message is compressed. */
	readonly threshold: number;
	/** Whether messages are delivered while the client is waited for. */
	readonly readsWhileBlocked: boolean;
}
