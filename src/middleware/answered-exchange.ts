/** What middleware wraps an exchange in that tells, when it is over, how it was answered. */
import type { Tunnel } from '../rich/exchange.ts';
import type { TunnelHandler } from '../rich/handler.ts';
import type { FieldsInit } from '../wire/fields.ts';
import { ObservedExchange } from './observed-exchange.ts';

/** An observed exchange that knows the status which the application has sent. */
export class AnsweredExchange extends ObservedExchange {
	/** That of its final response, or of the tunnel that it opened; 0 for neither. What the server answers in its place is not here. */
	protected sentStatus = 0;

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
