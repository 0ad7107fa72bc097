/** How topics reach other processes and machines. */
import { Misuse } from '../../wire/fault.ts';

/**
 * Carries messages between processes, at most once each: what is published while it is not connected is lost, and nothing is
 * sent again. None of its methods but `start` and `stop` may throw or wait; they come between these two.
 */
export interface Broker {
	/**
	 * Connects. From here on, and after each reconnection, what is published by any process to the topics subscribed to is
	 * delivered; it may be delivered to the process that published it.
	 */
	start(deliver: (topic: string, message: Uint8Array) => void): void | PromiseLike<void>;
	/** Disconnects. */
	stop(): void | PromiseLike<void>;
	/** This process wants what is published to the topic. Not called again for the same topic before `unsubscribe`. */
	subscribe(topic: string): void;
	/** It does not want it any more. */
	unsubscribe(topic: string): void;
	/** Sends to all processes that are subscribed. The octets are not changed afterwards. */
	publish(topic: string, message: Uint8Array): void;
}

/**
 * Refuses an option of a broker that is no text.
 * @throws Misuse (WS-1)
 */
export function requireBrokerText(name: string, value: unknown): void {
	if (typeof value !== 'string' || value === '' || /\s/.test(value)) {
		throw new Misuse(
			'WS-1',
			`The option ${name} of a broker is a text without white space, not ${JSON.stringify(value)}.`,
		);
	}
}
