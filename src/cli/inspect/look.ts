/** What a process shows of itself at one moment, as plain data, and who gives it. */
import type { ConnectionView } from '../../connection/connection-view.ts';
import type { Journey } from '../../journey/journey.ts';
import type { Address } from '../../rich/connection-facts.ts';
import type { Samples } from './recent-exchanges.ts';

/** How often who looks on is told, in milliseconds. */
export const INTERVAL = 500;
/** So many exchanges are kept, and told of in one interval. */
export const JOURNEYS_MAX = 50;

/** A connection, and how many octets a second it has moved of late. */
export interface ShownConnection extends Omit<ConnectionView, 'facts'> {
	readonly facts: {
		/** Its number; behind that of its worker, where there are workers: `2.17`. */
		readonly id: string;
		readonly peer: Address | null;
		readonly tls: { readonly version: string } | null;
	};
	readonly sending: number;
	readonly receiving: number;
}

/** A process at one moment. */
export interface ProcessLook {
	readonly connections: number;
	/** Its resident memory, in octets. */
	readonly memory: number;
	readonly samples: Samples;
	readonly views: readonly ShownConnection[];
	/** Exchanges that have ended since it was looked at before; the last ones, when it was not. */
	readonly journeys: readonly Journey[];
	/** How many more there were. */
	readonly omitted: number;
}

/** What can be looked at: a process, or several. */
export interface Inspected {
	/**
	 * Tells of its processes now and then, until the function that is returned is called.
	 * @param told the processes
	 */
	watch(told: (looks: readonly ProcessLook[]) => void): () => void;
}
