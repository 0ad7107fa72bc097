/** Why a WebSocket was closed (RFC 6455 §7.4). */

export const CloseCode = {
	/** It has done what it was for. */
	NORMAL: 1000,
	/** The server is going down, or the browser has left the page. */
	GOING_AWAY: 1001,
	PROTOCOL_ERROR: 1002,
	/** Data of a type that is not taken. */
	UNSUPPORTED_DATA: 1003,
	/** Never sent: the Close frame had no code. */
	NO_STATUS: 1005,
	/** Never sent: it ended without a Close frame. */
	ABNORMAL: 1006,
	/** Text that is not UTF-8, or data that does not inflate. */
	INVALID_DATA: 1007,
	POLICY_VIOLATION: 1008,
	TOO_BIG: 1009,
	INTERNAL_ERROR: 1011,
	/** Come again in a moment. */
	SERVICE_RESTART: 1012,
	TRY_AGAIN_LATER: 1013,
} as const;

/** Whether a Close frame may carry the code: what the RFC and IANA's registry define for the wire, and 3000 to 4999. */
export function isWireCode(code: number): boolean {
	if (code >= 3000) return code <= 4999;
	return code >= 1000 && code <= 1014 && code !== 1004 && code !== 1005 && code !== 1006;
}
