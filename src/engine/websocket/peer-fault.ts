/** A peer that broke a rule of RFC 6455 or a limit: a value, with the close code that tells the peer. */
import { CloseCode } from './close-code.ts';

/** What the peer did, and what it is told. */
export class WebSocketFault {
	/** The close code for the peer (RFC 6455 §7.4.1). */
	readonly code: number;
	/** The rule broken, as `RFC 6455 §5.1`, or the limit passed, as `limits.messageSize`. */
	readonly rule: string;
	/** What the peer did, in one sentence without its full stop. */
	readonly message: string;

	constructor(code: number, rule: string, message: string) {
		this.code = code;
		this.rule = rule;
		this.message = message;
	}

	toString(): string {
		return `${this.message} (${this.rule})`;
	}
}

/** The peer broke the protocol. */
export function protocolFault(rule: string, message: string): WebSocketFault {
	return new WebSocketFault(CloseCode.PROTOCOL_ERROR, rule, message);
}

/** Text that is not UTF-8 (RFC 6455 §8.1). */
export function notUtf8(): WebSocketFault {
	return new WebSocketFault(CloseCode.INVALID_DATA, 'RFC 6455 §8.1', 'A text is not UTF-8');
}

/** A limit was passed. */
export function tooBig(limit: string, message: string): WebSocketFault {
	return new WebSocketFault(CloseCode.TOO_BIG, `limits.${limit}`, message);
}
