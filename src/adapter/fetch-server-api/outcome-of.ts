/** The outcome of an exchange that a protocol error tells of. */
import { type ProtocolError, resetCode } from '../../layer/fetch-server/protocol-error.ts';
import type { Outcome } from '../../rich/outcome.ts';
import { ErrorCode } from '../../wire/fault.ts';

/** What is no protocol error is a loss. */
export function outcomeOf(error: unknown): Outcome {
	const { code, detail } = (error ?? {}) as Partial<ProtocolError>;
	switch (code) {
		case 'ERR_HTTP_TIMEOUT':
			return { reason: 'timeout', code: 0 };
		case 'ERR_HTTP_GOAWAY':
			return { reason: 'shutdown', code: 0 };
		case undefined:
		case 'ERR_HTTP_CONNECTION_RESET':
			return { reason: 'lost', code: 0 };
		case 'ERR_HTTP_STREAM_RESET':
			return { reason: 'reset', code: detail?.errorCode ?? ErrorCode.CANCEL };
		default:
			return { reason: 'reset', code: detail?.errorCode ?? resetCode(code) };
	}
}
