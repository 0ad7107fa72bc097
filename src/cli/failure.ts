/** What ends the command without success: a message for people, and how the process exits. */

/** The command line makes no sense. */
export const USAGE = 2;
/** The application cannot be served. */
export const FAILED = 1;

/** A failure that has been explained; `main` prints its message and nothing else. */
export class Failure extends Error {
	override readonly name: string = 'Failure';
	/** The exit code of the process. */
	readonly exitCode: number;
	/**
	 * An error that Node itself shall print behind the message, because only Node knows its place in the source (that of a
	 * syntax error in JavaScript is not on the error object). Undefined for none.
	 */
	readonly printed: unknown;

	constructor(exitCode: number, message: string, printed?: unknown) {
		super(message);
		this.exitCode = exitCode;
		this.printed = printed;
	}
}
