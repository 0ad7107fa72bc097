/** Topics between processes by NATS, by the library `@nats-io/transport-node`. */
import type { NatsConnection, Subscription } from '@nats-io/transport-node';
import { type Broker, requireBrokerText } from '../app/websocket/broker.ts';

/** How NATS is reached. Everything has a default. */
export interface NatsBrokerOptions {
	/** One server, or several of a cluster: `nats://127.0.0.1:4222` by default. */
	readonly servers?: string | readonly string[];
	/** In front of the names of subjects, without wildcards; `rsgi` by default. */
	readonly prefix?: string;
	/** A user with its password, or a token. */
	readonly user?: string;
	readonly pass?: string;
	readonly token?: string;
	/** Told when the connection is lost and what the server refuses; nobody by default. */
	readonly failed?: (error: unknown) => void;
}

/** The wait between two attempts to connect again, in milliseconds. */
const RETRY = 500;

/**
 * A broker over NATS, for `topics({ broker })`. Needs the library: `npm install @nats-io/transport-node`.
 *
 * Delivery is at most once. While NATS cannot be reached, messages reach the subscribers of their own process alone; it is
 * tried again for ever, and all topics are subscribed again.
 *
 * @throws Misuse for options that make no sense (WS-1)
 * @example
 * import { topics } from 'rsgi/websocket';
 * import { natsBroker } from 'rsgi/broker/nats';
 * const rooms = topics({ broker: natsBroker({ servers: 'nats://127.0.0.1:4222' }) });
 */
export function natsBroker(options: NatsBrokerOptions = {}): Broker {
	const { servers = 'nats://127.0.0.1:4222', prefix = 'rsgi' } = options;
	for (const server of typeof servers === 'string' ? [servers] : servers) requireBrokerText('servers', server);
	requireBrokerText('prefix', prefix);
	return new NatsBroker({ ...options, servers, prefix });
}

class NatsBroker implements Broker {
	readonly #options: NatsBrokerOptions & Required<Pick<NatsBrokerOptions, 'servers' | 'prefix'>>;
	readonly #subscriptions = new Map<string, Subscription>();
	#deliver: (topic: string, message: Uint8Array) => void = () => {};
	#connection: NatsConnection | null = null;
	/** What is published while it is not is lost here, where the library would keep it. */
	#isConnected = false;

	constructor(options: NatsBrokerOptions & Required<Pick<NatsBrokerOptions, 'servers' | 'prefix'>>) {
		this.#options = options;
	}

	async start(deliver: (topic: string, message: Uint8Array) => void): Promise<void> {
		const { connect } = await library();
		const { servers, user, pass, token } = this.#options;
		this.#deliver = deliver;
		const connection = await connect({
			servers: typeof servers === 'string' ? servers : [...servers],
			...(user === undefined ? {} : { user }),
			...(pass === undefined ? {} : { pass }),
			...(token === undefined ? {} : { token }),
			noEcho: true,
			maxReconnectAttempts: -1,
			reconnectTimeWait: RETRY,
		});
		this.#connection = connection;
		this.#isConnected = true;
		void this.#follow(connection);
	}

	async stop(): Promise<void> {
		const connection = this.#connection;
		this.#connection = null;
		this.#isConnected = false;
		this.#subscriptions.clear();
		await connection?.close();
	}

	subscribe(topic: string): void {
		const connection = this.#connection;
		if (connection === null || this.#subscriptions.has(topic)) return;
		const callback = (error: Error | null, message: { readonly data: Uint8Array }): void => {
			if (error === null) this.#deliver(topic, message.data);
			else this.#failed(error);
		};
		this.#attempt(() => this.#subscriptions.set(topic, connection.subscribe(this.#subject(topic), { callback })));
	}

	unsubscribe(topic: string): void {
		const subscription = this.#subscriptions.get(topic);
		this.#subscriptions.delete(topic);
		if (subscription !== undefined) this.#attempt(() => subscription.unsubscribe());
	}

	publish(topic: string, message: Uint8Array): void {
		if (this.#isConnected) this.#attempt(() => this.#connection?.publish(this.#subject(topic), message));
	}

	/** Subjects are tokens between dots, without white space: everything else of a topic is escaped. */
	#subject(topic: string): string {
		return `${this.#options.prefix}.${encodeURIComponent(topic).replaceAll('.', '%2E').replaceAll('*', '%2A')}`;
	}

	async #follow(connection: NatsConnection): Promise<void> {
		for await (const status of connection.status()) {
			if (this.#connection !== connection) return;
			if (status.type === 'disconnect') {
				this.#isConnected = false;
				this.#failed(new Error(`The connection to NATS at ${status.server} was lost.`));
			} else if (status.type === 'reconnect') this.#isConnected = true;
			else if (status.type === 'error') this.#failed(status.error);
		}
	}

	/** What the library throws, such as that it is closed, concerns no publisher. */
	#attempt(action: () => unknown): void {
		try {
			action();
		} catch (error) {
			this.#failed(error);
		}
	}

	#failed(error: unknown): void {
		this.#options.failed?.(error);
	}
}

async function library(): Promise<typeof import('@nats-io/transport-node')> {
	try {
		return await import('@nats-io/transport-node');
	} catch (cause) {
		throw new Error(
			'natsBroker() needs the library @nats-io/transport-node, which is not installed: npm install @nats-io/transport-node',
			{ cause },
		);
	}
}
