/** What is said of a placeholder that arrived and cannot be run: the client gets a 500, the log this. It names no tag. */
import { Misuse } from '../wire/fault.ts';

/** Thrown into the exchange. */
export class EscapeFault extends Misuse {
	override readonly name: string = 'EscapeFault';

	constructor(rule: string, message: string) {
		super(rule, message);
	}
}
