/** A topic of one process: who is subscribed to it. */
import { Roster, type Rostered } from '../../wire/roster.ts';
import type { Prepared } from './prepared.ts';

/** What can be subscribed. */
export interface Subscriber {
	/** Kept by the hub. */
	subscriptions: Subscription[] | null;
	/** @throws BackpressureFault when the client is too far behind */
	sendPrepared(prepared: Prepared): boolean;
	terminate(): void;
}

/** One subscriber's place in one topic. */
export interface Subscription extends Rostered {
	readonly topic: Topic;
	readonly subscriber: Subscriber;
}

export class Topic {
	readonly name: string;
	readonly subscriptions: Roster<Subscription> = new Roster<Subscription>();

	constructor(name: string) {
		this.name = name;
	}
}
