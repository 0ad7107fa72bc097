/** Faults of an HTTP/2 peer, by reach: a stream (RFC 9113 §5.4.2) or the connection (RFC 9113 §5.4.1). */
import { ErrorCode, Fault } from '../../wire/fault.ts';

/** The peer broke a rule in a way that leaves nothing on the connection to rely on. */
export function connectionFault(code: number, rule: string, message: string): Fault {
	return new Fault('connection', code, 400, rule, message);
}

/** The peer broke a rule on one stream. */
export function streamFault(code: number, rule: string, message: string): Fault {
	return new Fault('stream', code, 400, rule, message);
}

/** The request, or its trailer section, is malformed (RFC 9113 §8.1.1). */
export function malformed(rule: string, message: string): Fault {
	return new Fault('stream', ErrorCode.PROTOCOL_ERROR, 400, rule, message);
}

/** The peer asks for more than a limit of the connection allows. */
export function excess(limit: string, message: string): Fault {
	return new Fault('connection', ErrorCode.ENHANCE_YOUR_CALM, 429, `limits.${limit}`, message);
}
