/** Bounds on what one peer may make the server keep. */

export interface WebSocketLimits {
	/** The longest message, in octets, as sent and after decompression; 1 MiB by default. Beyond it: 1009. */
	readonly messageSize: number;
	/** How many frames a message may come in; 4096 by default. Beyond it: 1009. */
	readonly messageFrames: number;
}

export const WEBSOCKET_LIMITS: WebSocketLimits = { messageSize: 1024 * 1024, messageFrames: 4096 };
