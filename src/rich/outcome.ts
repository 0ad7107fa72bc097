/** How an exchange ended. Every exchange has exactly one outcome. */

export type OutcomeReason =
	/** The response has been handed to the transport, and the request has ended or was discarded. */
	| 'complete'
	/** The peer reset the exchange; `code` says why (RFC 9113 §7). */
	| 'reset'
	/** The connection was lost before the exchange was complete. */
	| 'lost'
	/** The application ended it by `abort` or `refuse`, by a fault of its own, or by throwing; `code` is what the peer was told. */
	| 'aborted'
	/** A deadline passed: the peer, or the application, was too slow. */
	| 'timeout'
	/** The server stopped. */
	| 'shutdown';

/** The one terminal event's argument. */
export interface Outcome {
	readonly reason: OutcomeReason;
	/** The error code (RFC 9113 §7) of `reset` and `aborted`; 0 otherwise. */
	readonly code: number;
}

/** The exchange ended before what was awaited could happen. */
export class ExchangeEnded extends Error {
	override readonly name: string = 'ExchangeEnded';
	/** How it ended. */
	readonly outcome: Outcome;
	/** Marks what this class has made. */
	readonly #made = true;

	/**
	 * Whether something caught is one. Unlike `instanceof` it runs nothing of the value's own: applications may throw what throws at
	 * whoever touches it.
	 */
	static is(caught: unknown): caught is ExchangeEnded {
		return typeof caught === 'object' && caught !== null && #made in caught;
	}

	constructor(outcome: Outcome) {
		super(`The exchange ended: ${outcome.reason}${outcome.code === 0 ? '' : ` with code ${outcome.code}`}.`);
		this.outcome = outcome;
	}
}
