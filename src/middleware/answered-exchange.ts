/** What middleware wraps an exchange in that tells, when it is over, how it was answered. */
import type { Tunnel } from '../rich/exchange.ts';
import type { TunnelHandler } from '../rich/handler.ts';
import type { Outcome } from '../rich/outcome.ts';
import { ErrorCode } from '../wire/fault.ts';
import type { FieldsInit } from '../wire/fields.ts';
import { ObservedExchange } from './observed-exchange.ts';

/** An observed exchange that knows the status which the client was sent. */
export class AnsweredExchange extends ObservedExchange {
	/** That of its final response, or of the tunnel that it opened; 0 for neither. What the server answers in its place is not here. */
	protected sentStatus = 0;

	/**
	 * The status that the client was sent, by the application or by the server in its place: 500 when it has failed (RICH-28), 503 when it
	 * was late (RICH-44); 0 for none.
	 */
	protected answeredStatus(outcome: Outcome): number {
		if (this.sentStatus > 0 || !this.responded) return this.sentStatus;
		if (outcome.reason === 'timeout') return 503;
		return outcome.reason === 'aborted' && outcome.code === ErrorCode.INTERNAL_ERROR ? 500 : 0;
	}

	override respond(status: number, fields?: FieldsInit, reason?: string): void {
		const inert = this.outcome !== null;
		super.respond(status, fields, reason);
		if (!inert) this.sentStatus = status;
	}

	override get accept(): ((fields: FieldsInit, handler: TunnelHandler) => Tunnel) | null {
		const accept = super.accept;
		if (accept === null) return null;
		return (fields, handler) => {
			const tunnel = accept.call(this, fields, handler);
			this.sentStatus = this.method === 'CONNECT' ? 200 : 101;
			return tunnel;
		};
	}
}
