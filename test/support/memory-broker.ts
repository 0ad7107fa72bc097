/** A broker in memory, which can be lost. */
import type { Broker } from '../../src/app/websocket/broker.ts';

interface Member {
	readonly topics: Set<string>;
	deliver: ((topic: string, message: Uint8Array) => void) | null;
}

/** What brokers of several hubs have in common. */
export class MemoryNetwork {
	readonly #members: Member[] = [];
	/** How often each call was made. */
	readonly calls: string[] = [];
	isLost = false;

	/** A broker for one process more. */
	broker(): Broker {
		const member: Member = { topics: new Set(), deliver: null };
		this.#members.push(member);
		return {
			start: (deliver) => {
				this.calls.push('start');
				member.deliver = deliver;
			},
			stop: () => {
				this.calls.push('stop');
				member.deliver = null;
			},
			subscribe: (topic) => {
				this.calls.push(`subscribe ${topic}`);
				member.topics.add(topic);
			},
			unsubscribe: (topic) => {
				this.calls.push(`unsubscribe ${topic}`);
				member.topics.delete(topic);
			},
			publish: (topic, message) => {
				if (this.isLost) return;
				for (const { topics, deliver } of this.#members) {
					if (topics.has(topic)) queueMicrotask(() => deliver?.(topic, message));
				}
			},
		};
	}
}
