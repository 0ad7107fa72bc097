/** Publish and subscribe: a message to a topic goes to all sockets that are subscribed, here and by a broker elsewhere. */
import { BackpressureFault, Misuse } from '../../wire/fault.ts';
import { utf8 } from '../../wire/utf8.ts';
import type { Broker } from './broker.ts';
import { countOctets, countOf, Kind, keyOf, seal, senderId, unseal } from './envelope.ts';
import { Prepared } from './prepared.ts';
import { Presence } from './presence.ts';
import type { Message, SendOptions } from './socket.ts';
import { type Subscriber, type Subscription, Topic } from './topic.ts';

/** How topics are set up. Everything has a default. */
export interface TopicsOptions {
	/** What connects them with other processes; nothing by default. */
	readonly broker?: Broker;
	/**
	 * What becomes of a subscriber that is so far behind that its socket takes no more (WS-21): `terminate` (the default) ends
	 * it, so that its client knows and connects again; `skip` leaves the message out for it alone.
	 */
	readonly slow?: 'terminate' | 'skip';
}

/** Topics of one process, shared by any number of WebSocket applications, and by whatever else publishes. */
export interface Topics {
	/**
	 * Sends to all subscribers; a frame is made once for all of them. At most once each: nothing is kept for those that
	 * come later, or are not connected.
	 */
	publish(topic: string, message: Message, options?: SendOptions): void;
	/** How many sockets of this process are subscribed. */
	count(topic: string): number;
	/**
	 * How many sockets are subscribed, of all processes behind the broker, as they have said lately: up to 100 ms late, and
	 * those of a process that died count for 30 seconds more. Known only while this process has a subscriber itself.
	 */
	presence(topic: string): number;
	/** The topics that have subscribers in this process. */
	names(): string[];
	/** Connects the broker. Applications that are given the topics do so by themselves, before the server listens. */
	start(): Promise<void>;
	/** Disconnects it, when each `start` has had its `stop`. */
	stop(): Promise<void>;
}

/**
 * Makes topics to be given to `websocket()` and to publish to from anywhere.
 *
 * @throws Misuse for options that make no sense (WS-1)
 * @example
 * const news = topics();
 * const app = websocket({ open: (socket) => socket.subscribe('news') }, { topics: news });
 * setInterval(() => news.publish('news', 'nothing new'), 60_000);
 */
export function topics(options: TopicsOptions = {}): Topics {
	return new TopicHub(options);
}

export class TopicHub implements Topics {
	readonly #topics = new Map<string, Topic>();
	readonly #broker: Broker | null;
	readonly #skips: boolean;
	readonly #id = senderId();
	readonly #key = keyOf(this.#id);
	readonly #presence: Presence;
	#started = 0;
	#connected: Promise<void> | null = null;

	constructor({ broker = undefined, slow = 'terminate' }: TopicsOptions) {
		if (slow !== 'terminate' && slow !== 'skip') {
			throw new Misuse('WS-1', `slow is 'terminate' or 'skip', not ${JSON.stringify(slow)}.`);
		}
		this.#broker = broker ?? null;
		this.#skips = slow === 'skip';
		this.#presence = new Presence({
			announce: (topic, asking) => this.#announce(topic, asking),
			names: () => this.#topics.keys(),
		});
	}

	publish(topic: string, message: Message, options?: SendOptions): void {
		this.publishFrom(null, topic, message, options);
	}

	count(topic: string): number {
		return this.#topics.get(topic)?.subscriptions.size ?? 0;
	}

	presence(topic: string): number {
		return this.count(topic) + this.#presence.elsewhere(topic);
	}

	names(): string[] {
		return [...this.#topics.keys()];
	}

	async start(): Promise<void> {
		this.#started++;
		this.#connected ??= this.#connect();
		await this.#connected;
	}

	async stop(): Promise<void> {
		if (this.#started === 0 || --this.#started > 0) return;
		this.#connected = null;
		this.#presence.stop();
		await this.#broker?.stop();
	}

	// ---- for sessions -----------------------------------------------------------------------------------------------

	subscribe(subscriber: Subscriber, name: string): void {
		requireTopic(name);
		subscriber.subscriptions ??= [];
		if (subscriber.subscriptions.some(({ topic }) => topic.name === name)) return;
		let topic = this.#topics.get(name);
		const isFirst = topic === undefined;
		if (topic === undefined) {
			topic = new Topic(name);
			this.#topics.set(name, topic);
			if (this.#started > 0) this.#broker?.subscribe(name);
		}
		const subscription: Subscription = { place: -1, topic, subscriber };
		subscriber.subscriptions.push(subscription);
		topic.subscriptions.add(subscription);
		this.#presence.changed(name, isFirst);
	}

	unsubscribe(subscriber: Subscriber, name: string): void {
		const { subscriptions } = subscriber;
		const at = subscriptions?.findIndex(({ topic }) => topic.name === name) ?? -1;
		if (at < 0) return;
		this.#remove((subscriptions as Subscription[]).splice(at, 1)[0] as Subscription);
	}

	/** The subscriber is gone. */
	leave(subscriber: Subscriber): void {
		const { subscriptions } = subscriber;
		subscriber.subscriptions = null;
		if (subscriptions !== null) for (const subscription of subscriptions) this.#remove(subscription);
	}

	/** @param sender gets nothing of it itself */
	publishFrom(sender: Subscriber | null, topic: string, message: Message, options?: SendOptions): void {
		requireTopic(topic);
		this.#deliver(sender, topic, message, options);
		if (this.#broker === null || this.#started === 0) return;
		const isText = typeof message === 'string';
		const sealed = seal(this.#id, isText ? Kind.TEXT : Kind.BINARY, isText ? utf8(message) : message);
		this.#broker.publish(topic, sealed);
	}

	// ---- inside -----------------------------------------------------------------------------------------------------

	#deliver(sender: Subscriber | null, name: string, message: Message, options?: SendOptions): void {
		const topic = this.#topics.get(name);
		if (topic === undefined) return;
		const prepared = new Prepared(message, options);
		for (const { subscriber } of topic.subscriptions.values()) {
			if (subscriber === sender) continue;
			try {
				subscriber.sendPrepared(prepared);
			} catch (error) {
				// One that is behind, or whose tunnel fails, takes nothing from the others.
				if (!(error instanceof BackpressureFault) || !this.#skips) subscriber.terminate();
			}
		}
	}

	#remove(subscription: Subscription): void {
		const { topic } = subscription;
		topic.subscriptions.delete(subscription);
		this.#presence.changed(topic.name, false);
		if (topic.subscriptions.size > 0) return;
		this.#topics.delete(topic.name);
		this.#presence.forget(topic.name);
		if (this.#started > 0) this.#broker?.unsubscribe(topic.name);
	}

	async #connect(): Promise<void> {
		const broker = this.#broker;
		if (broker === null) return;
		try {
			await broker.start((topic, sealed) => this.#receive(topic, sealed));
		} catch (error) {
			this.#started = 0;
			this.#connected = null;
			throw error;
		}
		this.#presence.start();
		for (const name of this.#topics.keys()) broker.subscribe(name);
	}

	#receive(topic: string, sealed: Uint8Array): void {
		const envelope = unseal(sealed);
		if (envelope === null || envelope.from === this.#key) return;
		const { kind, from, payload } = envelope;
		if (kind === Kind.BINARY) this.#deliver(null, topic, payload);
		else if (kind === Kind.TEXT) this.#deliver(null, topic, new TextDecoder().decode(payload));
		else if (this.#topics.has(topic)) {
			this.#presence.hear(topic, from, countOf(payload));
			if (kind === Kind.ASK) this.#announce(topic, false);
		}
	}

	#announce(topic: string, asking: boolean): void {
		this.#broker?.publish(topic, seal(this.#id, asking ? Kind.ASK : Kind.COUNT, countOctets(this.count(topic))));
	}
}

/** @throws Misuse (WS-25) */
function requireTopic(topic: unknown): void {
	if (typeof topic !== 'string' || topic === '' || topic.length > 1024 || !topic.isWellFormed()) {
		throw new Misuse('WS-25', 'A topic is named by a text of 1 to 1024 characters, without lone surrogates.');
	}
}
