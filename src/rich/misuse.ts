/** What an application is told that has used its exchange wrongly, and what to do instead. */
import { BackpressureFault, Misuse } from '../wire/fault.ts';

/** A 2xx for CONNECT by `respond`. */
export function connectAccepted(status: number): Misuse {
	return new Misuse(
		'RICH-31',
		`CONNECT is answered ${status} by accept, which opens the tunnel; respond refuses it with another status.`,
	);
}

/** Trailer fields where none can be sent. */
export function noTrailers(): Misuse {
	return new Misuse(
		'RICH-20',
		'Trailer fields cannot be sent here: HTTP/1.0, or HTTP/1.1 with Content-Length, or a status without content. Ask exchange.trailers first.',
	);
}

/** Less content than Content-Length has said. */
export function endedShort(missing: number): Misuse {
	return new Misuse('RICH-19', `The response ended ${missing} bytes short of its Content-Length.`);
}

/** Content that is no Uint8Array. */
export function noBytes(): Misuse {
	return new Misuse('RICH-22', 'Content is a Uint8Array: turn text into bytes with utf8(text).');
}

/** A write past the hard mark. */
export function overflown(waiting: number): BackpressureFault {
	return new BackpressureFault(
		'RICH-23',
		`${waiting} bytes wait already: after write() returns false, wait for drain.`,
	);
}

/** An Upgrade accepted while content of the request is still to come. */
export function acceptedEarly(): Misuse {
	return new Misuse('RICH-30', 'An Upgrade is accepted after the request content has ended: read it, or wait for end.');
}
