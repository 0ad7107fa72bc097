/** Faults of an HTTP/1 peer. They all reach the connection: where the next message begins is no longer sure. */
import { ErrorCode, Fault } from '../../wire/fault.ts';

/** The peer broke a rule of the protocol. */
export function broken(status: number, rule: string, message: string): Fault {
	return new Fault('connection', ErrorCode.PROTOCOL_ERROR, status, rule, message);
}

/** The peer passed a limit or a deadline of ours. */
export function excess(status: number, rule: string, message: string): Fault {
	return new Fault('connection', ErrorCode.ENHANCE_YOUR_CALM, status, rule, message);
}
