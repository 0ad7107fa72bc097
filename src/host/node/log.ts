/** What a server has to say about its running. */
import type { ConnectionFacts } from '../../rich/connection-facts.ts';

/** One entry. */
export interface LogEntry {
	/** `application`: it threw or broke a rule. `peer`: it broke a rule. `server`: a fault of ours, or of the system. */
	readonly source: 'application' | 'peer' | 'server';
	/** One line, for people. */
	readonly message: string;
	/** Of a peer: the rule that it broke, as `RFC 9113 §6.7`, or the limit that it passed, as `limits.headSize`. */
	readonly rule?: string;
	/** The error, when there is one. */
	readonly error?: unknown;
	/** The connection it happened on. */
	readonly connection?: ConnectionFacts;
}

/** Where entries go. Called outside of exchanges; what it throws is dropped. */
export type Log = (entry: LogEntry) => void;

/**
 * A message as one line. Peers have a say in some, by the target of a request or in an error of TLS: no control of theirs
 * begins a line of its own, or steers a terminal (CWE-117, CWE-150).
 */
export function oneLine(message: string): string {
	return message.replace(/\p{Cc}+/gu, ' ').trim();
}

/** Writes faults of the application and of the server to standard error; what peers do wrong is left out. */
export const stderrLog: Log = (entry) => {
	if (entry.source === 'peer') return;
	if (entry.error === undefined) {
		console.error(`rsgi: ${entry.message}`);
		return;
	}
	try {
		console.error(`rsgi: ${entry.message}\n`, entry.error);
	} catch {
		console.error(`rsgi: ${entry.message}\n It threw what throws in turn when it is shown.`);
	}
};

/** The same, and what peers do wrong, a line each. */
export const verboseLog: Log = (entry) => {
	if (entry.source === 'peer') console.error(`rsgi: a client: ${entry.message}`);
	else stderrLog(entry);
};
