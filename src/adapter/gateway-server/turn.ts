/** The end of a turn: when what was written in it has been handed to the transport. */

/**
 * Resolves after the turn that is under way. A server hands what was written to its transport at the end of the turn, so
 * after it nothing of what was written before waits for us.
 */
export function turn(): Promise<void> {
	return new Promise(later);
}

// Where there is none, a timer of no time does it: both come behind what the server has scheduled.
const later: (resolve: () => void) => void =
	typeof setImmediate === 'function' ? (resolve) => void setImmediate(resolve) : (resolve) => void setTimeout(resolve);
