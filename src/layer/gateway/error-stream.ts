/** `wsgi.errors`: where an application writes what the operator should read. */

/** A text stream. What is written to it becomes entries of the server's log, a line each. */
export interface ErrorStream {
	/** Text in any part; a line is told when its LF has come. */
	readonly write: (text: string) => void;
	/** Several texts, one after the other; nothing is put between them. */
	readonly writelines: (texts: Iterable<string>) => void;
	/** Tells what stands behind the last LF now. */
	readonly flush: () => void;
}
