/** Topics between processes by Redis: its publish and subscribe, by the library `redis`. */
import { type Broker, requireBrokerText } from '../app/websocket/broker.ts';

/** How Redis is reached. Everything has a default. */
export interface RedisBrokerOptions {
	/** `redis[s]://[[username][:password]@][host][:port]`; `redis://127.0.0.1:6379` by default. */
	readonly url?: string;
	/** In front of the names of channels; `rsgi:` by default. */
	readonly prefix?: string;
	/** Told when the connection is lost and when it cannot be made again; nobody by default. */
	readonly failed?: (error: unknown) => void;
}

/** How many messages may wait for Redis: what comes beyond is lost, as it is while there is no connection. */
const WAITING_MAX = 10_000;
/** The longest wait between two attempts to connect again, in milliseconds. */
const RETRY_MAX = 2000;

/**
 * A broker over Redis, for `topics({ broker })`. Needs the library: `npm install redis`.
 *
 * Delivery is at most once. While Redis cannot be reached, messages reach the subscribers of their own process alone; it is
 * tried again for ever, and all topics are subscribed again.
 *
 * @throws Misuse for options that make no sense (WS-1)
 * @example
 * import { topics } from 'rsgi/websocket';
 * import { redisBroker } from 'rsgi/broker/redis';
 * const rooms = topics({ broker: redisBroker({ url: 'redis://127.0.0.1:6379' }) });
 */
export function redisBroker(options: RedisBrokerOptions = {}): Broker {
	const { url = 'redis://127.0.0.1:6379', prefix = 'rsgi:' } = options;
	requireBrokerText('url', url);
	requireBrokerText('prefix', prefix);
	return new RedisBroker(url, prefix, options.failed ?? (() => {}));
}

type Client = ReturnType<typeof import('redis').createClient>;

class RedisBroker implements Broker {
	readonly #url: string;
	readonly #prefix: string;
	readonly #failed: (error: unknown) => void;
	#publisher: Client | null = null;
	#subscriber: Client | null = null;
	#deliver: (topic: string, message: Uint8Array) => void = () => {};
	/** The topics that there are subscribers for, and those that the library has been told of. */
	readonly #wanted = new Set<string>();
	readonly #told = new Set<string>();

	constructor(url: string, prefix: string, failed: (error: unknown) => void) {
		this.#url = url;
		this.#prefix = prefix;
		this.#failed = failed;
	}

	async start(deliver: (topic: string, message: Uint8Array) => void): Promise<void> {
		const { createClient } = await library();
		let isUp = false;
		const client = (): Client =>
			createClient({
				url: this.#url,
				disableOfflineQueue: true,
				commandsQueueMaxLength: WAITING_MAX,
				socket: {
					// A server should not start without its broker, nor stop with it.
					reconnectStrategy: (retries, cause) => (isUp ? Math.min(50 * 2 ** Math.min(retries, 8), RETRY_MAX) : cause),
				},
			}).on('error', this.#failed) as Client;
		this.#deliver = deliver;
		const publisher = client();
		const subscriber = client();
		subscriber.on('ready', () => this.#reconcile());
		try {
			await Promise.all([publisher.connect(), subscriber.connect()]);
		} catch (error) {
			for (const one of [publisher, subscriber]) if (one.isOpen) one.destroy();
			throw error;
		}
		isUp = true;
		this.#publisher = publisher;
		this.#subscriber = subscriber;
		this.#reconcile();
	}

	stop(): void {
		for (const client of [this.#publisher, this.#subscriber]) if (client?.isOpen) client.destroy();
		this.#publisher = null;
		this.#subscriber = null;
		this.#wanted.clear();
		this.#told.clear();
	}

	subscribe(topic: string): void {
		this.#wanted.add(topic);
		this.#reconcileOne(topic);
	}

	unsubscribe(topic: string): void {
		this.#wanted.delete(topic);
		this.#reconcileOne(topic);
	}

	publish(topic: string, message: Uint8Array): void {
		const publisher = this.#publisher;
		if (!publisher?.isReady) return;
		const octets = Buffer.from(message.buffer, message.byteOffset, message.length);
		publisher.publish(this.#prefix + topic, octets).catch(this.#failed);
	}

	#reconcile(): void {
		for (const topic of new Set([...this.#wanted, ...this.#told])) this.#reconcileOne(topic);
	}

	/**
	 * Tells the library what it does not know yet; it subscribes again by itself to what it knows. While there is no
	 * connection nothing is told, so that nothing piles up.
	 */
	#reconcileOne(topic: string): void {
		const subscriber = this.#subscriber;
		if (!subscriber?.isReady || this.#wanted.has(topic) === this.#told.has(topic)) return;
		const channel = this.#prefix + topic;
		if (this.#wanted.has(topic)) {
			this.#told.add(topic);
			const listener = (message: Uint8Array): void => this.#deliver(topic, message);
			subscriber.subscribe(channel, listener, true).catch((error: unknown) => {
				this.#told.delete(topic);
				this.#failed(error);
			});
		} else {
			this.#told.delete(topic);
			subscriber.unsubscribe(channel).catch(this.#failed);
		}
	}
}

async function library(): Promise<typeof import('redis')> {
	try {
		return await import('redis');
	} catch (cause) {
		throw new Error('redisBroker() needs the library redis, which is not installed: npm install redis', { cause });
	}
}
