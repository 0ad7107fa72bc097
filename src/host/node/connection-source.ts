/** Where a server's connections come from, when it does not listen itself. */
import type { Socket } from 'node:net';
import type { Address } from '../../rich/connection-facts.ts';

/** Hands connections to a server: another process accepts them, as the one above the workers of `rsgi serve`. */
export interface ConnectionSource {
	/** Where it is listened on the server's behalf. */
	readonly address: Address;
	/** Hands every connection to `take` from now on. Nothing of a connection may have been read. */
	open(take: (socket: Socket) => void): void;
	/** Hands over no more. */
	close(): void;
}
