/**
 * What went wrong, how far it reaches, whose it is, which rule says so. A peer's fault is a value that is handled; a
 * misuse of an interface by the application throws.
 */

/** HTTP/2 error codes (RFC 9113 §7); `abort` takes them for every HTTP version. */
export const ErrorCode = {
	NO_ERROR: 0x0,
	PROTOCOL_ERROR: 0x1,
	INTERNAL_ERROR: 0x2,
	FLOW_CONTROL_ERROR: 0x3,
	SETTINGS_TIMEOUT: 0x4,
	STREAM_CLOSED: 0x5,
	FRAME_SIZE_ERROR: 0x6,
	REFUSED_STREAM: 0x7,
	CANCEL: 0x8,
	COMPRESSION_ERROR: 0x9,
	CONNECT_ERROR: 0xa,
	ENHANCE_YOUR_CALM: 0xb,
	INADEQUATE_SECURITY: 0xc,
	HTTP_1_1_REQUIRED: 0xd,
} as const;

/** How far a fault reaches: one exchange, or every exchange of the connection. */
export type Reach = 'stream' | 'connection';

/** A peer that broke a rule or a limit. A value, not an exception: engines return it and act on it. */
export class Fault {
	/** How far it reaches. */
	readonly reach: Reach;
	/** The HTTP/2 error code that tells the peer (RFC 9113 §7). */
	readonly code: number;
	/** The HTTP status that tells an HTTP/1 peer. */
	readonly status: number;
	/** The rule broken, as `RFC 9113 §6.7`, or the name of the limit passed, as `limits.headSize`. */
	readonly rule: string;
	/** What the peer did, in one sentence. */
	readonly message: string;

	constructor(reach: Reach, code: number, status: number, rule: string, message: string) {
		this.reach = reach;
		this.code = code;
		this.status = status;
		this.rule = rule;
		this.message = message;
	}

	toString(): string {
		return `${this.message} (${this.rule})`;
	}
}

/**
 * The application used an interface against its rules. The message says what was done and what to do instead; `rule` is
 * the number in `spec/` or the section of the RFC.
 */
export class Misuse extends Error {
	override readonly name: string = 'Misuse';
	/** The rule broken, as `RICH-12` or `RFC 9110 §15.3.5`. */
	readonly rule: string;

	constructor(rule: string, message: string) {
		super(`${message} (${rule})`);
		this.rule = rule;
	}
}

/** Content was written past the hard mark although `write` had returned false: wait for `drain`. */
export class BackpressureFault extends Misuse {
	override readonly name: string = 'BackpressureFault';
}

/** @throws Misuse for what is no error code of RFC 9113 §7 */
export function requireErrorCode(code: number): void {
	if (!Number.isInteger(code) || code < 0 || code > 0xffffffff) {
		throw new Misuse('RICH-38', `An error code is an unsigned 32-bit number (RFC 9113 §7), not ${code}.`);
	}
}
