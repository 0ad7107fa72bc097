/** Errors with the codes that Node's own have, since applications look for these; and what those of applications want to be answered with. */
import { STATUS_CODES } from 'node:http';

function coded(code: string, message: string): Error {
	return Object.assign(new Error(message), { code });
}

/** What a request is destroyed with when its client has gone. */
export function abortedError(): Error {
	return coded('ECONNRESET', 'aborted');
}

/** What a socket of an upgrade tells when its client has reset it. */
export function resetError(): Error {
	return coded('ECONNRESET', 'read ECONNRESET');
}

/** What is told to who waits for something to be sent that will not be. */
export function destroyedError(): Error {
	return coded('ERR_STREAM_DESTROYED', 'Cannot call write after a stream was destroyed');
}

/** More was written than may wait. */
export function unsentError(limit: number): Error {
	return coded(
		'ERR_RSGI_UNSENT',
		`More than ${limit} bytes wait that were written although write() had returned false: wait for 'drain' (NODE-15).`,
	);
}

/** An error may say which answer it wants, as those of connect's middleware do. */
export function errorStatus(error: unknown): number {
	const { status, statusCode } = error as { status?: unknown; statusCode?: unknown };
	for (const given of [status, statusCode]) {
		if (typeof given === 'number' && given >= 400 && given < 600 && STATUS_CODES[given] !== undefined) return given;
	}
	return 500;
}
