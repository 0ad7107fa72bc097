/** What can be seen of a connection while it runs: for people who look on. */
import type { ConnectionFacts } from '../rich/connection-facts.ts';
import type { EngineView } from '../wire/engine-view.ts';

/** A connection at one moment. */
export interface ConnectionView {
	readonly facts: ConnectionFacts;
	/** For how long it has been open, in milliseconds. */
	readonly age: number;
	/** Octets handed to the transport since it was opened. */
	readonly sent: number;
	/** Octets that have come. */
	readonly received: number;
	/** Octets of its exchanges that wait to be sent. */
	readonly waiting: number;
	/** How many exchanges are open; `engine.streams` may have fewer. */
	readonly exchanges: number;
	/** Null before the first octets have said which it is. */
	readonly engine: EngineView | null;
}
