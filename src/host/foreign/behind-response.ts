/** HTTP/1: an Upgrade that a client has sent behind a request whose response is on its way. */
import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/** How much of what comes meanwhile is kept, in bytes, before reading stops. */
const EARLY_MARK = 64 * 1024;

/** The response that has the socket, or null. */
export function responseOn(socket: Socket): ServerResponse | null {
	return (socket as Socket & { _httpMessage?: ServerResponse | null })._httpMessage ?? null;
}

/**
 * Waits for a response to leave. Node.js has taken its listeners off the socket when it tells of an Upgrade: so the response ahead
 * would not hear that it may go on, and nobody that the client has gone.
 * @param then called once, unless the connection ends; what has come meanwhile has been given back to the socket
 */
export function behind(response: ServerResponse, socket: Socket, then: () => void): void {
	const early: Uint8Array[] = [];
	let size = 0;
	const data = (chunk: Uint8Array): void => {
		early.push(chunk);
		size += chunk.length;
		if (size >= EARLY_MARK) socket.pause();
	};
	const drain = (): void => {
		response.emit('drain');
	};
	const gone = (): void => {
		socket.destroy();
	};
	socket.on('data', data).on('drain', drain).on('end', gone);
	response.once('close', () => {
		socket.off('data', data).off('drain', drain).off('end', gone);
		if (socket.destroyed || !socket.writable) return;
		socket.pause();
		if (size > 0) socket.unshift(Buffer.concat(early));
		then();
		socket.resume();
	});
}
