/** Errors with the codes that Node's own have, since applications look for these. */

function coded(code: string, message: string): Error {
	return Object.assign(new Error(message), { code });
}

/** What a request is destroyed with when its client has gone. */
export function abortedError(): Error {
	return coded('ECONNRESET', 'aborted');
}

/** What is told to who waits for something to be sent that will not be. */
export function destroyedError(): Error {
	return coded('ERR_STREAM_DESTROYED', 'Cannot call write after a stream was destroyed');
}

/** More was written than Content-Length says. */
export function lengthMismatchError(cause: unknown): Error {
	const error = coded(
		'ERR_HTTP_CONTENT_LENGTH_MISMATCH',
		'More content was written than Content-Length says (RICH-19)',
	);
	error.cause = cause;
	return error;
}

/** More was written than may wait. */
export function unsentError(limit: number): Error {
	return coded(
		'ERR_RSGI_UNSENT',
		`More than ${limit} bytes wait that were written although write() had returned false: wait for 'drain' (NODE-15).`,
	);
}
