/** The reasons of Close frames: at most 123 octets of UTF-8 beside the code (RFC 6455 §5.5). */
import { isWireCode } from '../../engine/websocket/close-code.ts';
import { Misuse } from '../../wire/fault.ts';
import { utf8 } from '../../wire/utf8.ts';

const REASON_MAX = 123;

/**
 * What an application may close with.
 * @throws Misuse (WS-17)
 */
export function requireClosing(code: number, reason: string): Uint8Array {
	if (!Number.isInteger(code) || !isWireCode(code)) {
		throw new Misuse(
			'WS-17',
			`A WebSocket is closed with a code of RFC 6455 §7.4 that may be sent, or 3000 to 4999, not ${String(code)}.`,
		);
	}
	const octets = utf8(reason);
	if (octets.length <= REASON_MAX) return octets;
	throw new Misuse(
		'WS-17',
		`The reason of a Close frame is at most 123 octets of UTF-8; this one has ${octets.length}.`,
	);
}

/** As much of a fault's text as fits: it is ASCII but for a few signs. */
export function shortened(reason: string): Uint8Array {
	return utf8(reason.slice(0, REASON_MAX - 8));
}
