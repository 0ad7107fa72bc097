/** The error codes of the Fetch Server API, which say the same for every version of HTTP, and the errors that carry them. */
import type { Outcome } from '../../rich/outcome.ts';
import { ErrorCode } from '../../wire/fault.ts';

/** A protocol-level condition. */
export type HttpErrorCode =
	/** Not processed: the client may safely try again. */
	| 'ERR_HTTP_REQUEST_REJECTED'
	/** Cancelled on purpose; it may have been processed in part. */
	| 'ERR_HTTP_REQUEST_CANCELLED'
	| 'ERR_HTTP_INTERNAL_ERROR'
	/** Reset, with a code that has no name here. */
	| 'ERR_HTTP_STREAM_RESET'
	/** The connection takes no more exchanges. */
	| 'ERR_HTTP_GOAWAY'
	| 'ERR_HTTP_PROTOCOL_ERROR'
	/** A tunnel was reset. */
	| 'ERR_HTTP_CONNECT_ERROR'
	/** The rest of the request content is unwanted. */
	| 'ERR_HTTP_REQUEST_BODY_REJECTED'
	| 'ERR_HTTP_CONNECTION_RESET'
	| 'ERR_HTTP_TIMEOUT'
	| 'ERR_HTTP_CONTENT_TOO_LARGE';

/** What stood on the wire. */
export interface WireDetail {
	readonly protocol: 'h2';
	readonly errorCode: number;
	readonly errorName: string;
}

/** An error with a code, and with what stood on the wire where something did. */
export interface ProtocolError extends TypeError {
	readonly code: HttpErrorCode;
	readonly detail?: WireDetail;
}

/**
 * Makes a protocol error: to be thrown by the body of a response, or given to `destroy`, `abort` or `cancel` of a tunnel.
 * @example
 * controller.error(protocolError('ERR_HTTP_REQUEST_CANCELLED', 'the source went away'));
 */
export function protocolError(code: HttpErrorCode, message: string, detail?: WireDetail): ProtocolError {
	return Object.assign(new TypeError(message), detail === undefined ? { code } : { code, detail });
}

/** What each code is as a reset of HTTP/2. Those that are not here are told in another way, or are only heard. */
const RESETS: { readonly [Code in HttpErrorCode]?: number } = {
	ERR_HTTP_REQUEST_REJECTED: ErrorCode.REFUSED_STREAM,
	ERR_HTTP_REQUEST_CANCELLED: ErrorCode.CANCEL,
	ERR_HTTP_INTERNAL_ERROR: ErrorCode.INTERNAL_ERROR,
	ERR_HTTP_PROTOCOL_ERROR: ErrorCode.PROTOCOL_ERROR,
	ERR_HTTP_CONNECT_ERROR: ErrorCode.CONNECT_ERROR,
};

/** The codes that `deny` sends. */
export const DENIALS: readonly HttpErrorCode[] = [
	'ERR_HTTP_REQUEST_REJECTED',
	'ERR_HTTP_REQUEST_CANCELLED',
	'ERR_HTTP_INTERNAL_ERROR',
	'ERR_HTTP_CONNECT_ERROR',
	'ERR_HTTP_GOAWAY',
];
/** The codes that the body of a response sends by failing. */
export const BODY_ABORTS: readonly HttpErrorCode[] = ['ERR_HTTP_REQUEST_CANCELLED', 'ERR_HTTP_INTERNAL_ERROR'];
/** The codes that a tunnel sends by being aborted. */
export const TUNNEL_ABORTS: readonly HttpErrorCode[] = [...BODY_ABORTS, 'ERR_HTTP_CONNECT_ERROR'];

/** The code of an error, if it is one of these; null otherwise, whatever the value is. */
export function sendableCode(error: unknown, sendable: readonly HttpErrorCode[]): HttpErrorCode | null {
	if ((typeof error !== 'object' && typeof error !== 'function') || error === null) return null;
	const { code } = error as { code?: unknown };
	return sendable.includes(code as HttpErrorCode) ? (code as HttpErrorCode) : null;
}

/** What a code is called on the wire (RFC 9113 §7). */
export function resetCode(code: HttpErrorCode): number {
	return RESETS[code] ?? ErrorCode.INTERNAL_ERROR;
}

/** The code that says what a reset of ours with this number said. */
export function codeOfReset(wire: number): HttpErrorCode {
	const found = (Object.keys(RESETS) as HttpErrorCode[]).find((code) => RESETS[code] === wire);
	return found ?? 'ERR_HTTP_STREAM_RESET';
}

/** What a peer may say by a reset. What else there is surfaces as a reset without a name. */
const HEARD: readonly HttpErrorCode[] = [
	'ERR_HTTP_REQUEST_CANCELLED',
	'ERR_HTTP_PROTOCOL_ERROR',
	'ERR_HTTP_CONNECT_ERROR',
];

/** Why an exchange ended that did not end well. */
export function endedError({ reason, code }: Outcome, httpVersion: string): ProtocolError {
	switch (reason) {
		case 'reset': {
			const heard = codeOfReset(code);
			const name = HEARD.includes(heard) ? heard : 'ERR_HTTP_STREAM_RESET';
			const errorName = errorNameOf(code);
			const detail: WireDetail | undefined =
				httpVersion === '2' ? { protocol: 'h2', errorCode: code, errorName } : undefined;
			return protocolError(name, `The client reset the exchange: ${errorName}.`, detail);
		}
		case 'timeout':
			return protocolError('ERR_HTTP_TIMEOUT', 'A time limit of the server has passed.');
		case 'shutdown':
			return protocolError('ERR_HTTP_GOAWAY', 'The server stopped before the exchange was complete.');
		case 'aborted':
			return protocolError(codeOfReset(code), `The exchange was aborted here: ${errorNameOf(code)}.`);
		case 'complete':
			return protocolError('ERR_HTTP_REQUEST_BODY_REJECTED', 'The response is over, and what was unread is dropped.');
		default:
			return protocolError('ERR_HTTP_CONNECTION_RESET', 'The connection was lost.');
	}
}

function errorNameOf(code: number): string {
	const found = Object.entries(ErrorCode).find(([, number]) => number === code);
	return found?.[0] ?? `0x${code.toString(16)}`;
}
