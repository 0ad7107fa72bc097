/** The workers of one application, and the requests that wait for them. */
import { bytes } from '../layer/gateway/byte-string.ts';
import { Misuse } from '../wire/fault.ts';
import { Roster } from '../wire/roster.ts';
import type { Call, CallRunner } from './call.ts';
import type { Lane } from './lane.ts';
import type { WsgiSettings } from './options.ts';
import { Place, type PlaceOwner } from './place.ts';
import type { Worker } from './worker.ts';

/** How often deadlines are looked at, in milliseconds. */
const SWEEP = 50;

/** With a 503: what was waited for may be there soon. */
const LATER = [[bytes('Retry-After'), bytes('1')]] as const;

export class Pool implements CallRunner, PlaceOwner {
	readonly #name: string;
	readonly #settings: WsgiSettings;
	#places: readonly Place[] = [];
	/** Calls that wait for a thread, in the order in which they came. */
	#queue: Call[] = [];
	/** All calls that are not over. */
	readonly #calls = new Roster<Call>();
	#sweeper: NodeJS.Timeout | null = null;
	#now = 0;
	#isFull = false;
	/** How many have started it and not stopped it. */
	#users = 0;
	#starting: Promise<void> | null = null;

	/** @param name the application, as `module:callable` */
	constructor(name: string, settings: WsgiSettings) {
		this.#name = name;
		this.#settings = settings;
	}

	/**
	 * Starts the workers, once for all that call it.
	 * @throws why the application cannot be loaded; then nothing has been left behind
	 */
	start(): Promise<void> {
		this.#users++;
		this.#starting ??= this.#start();
		return this.#starting;
	}

	async #start(): Promise<void> {
		const { workers } = this.#settings;
		const places = Array.from({ length: workers }, () => new Place(this.#name, this.#settings, this));
		this.#places = places;
		this.#now = performance.now();
		this.#sweeper = setInterval(() => this.#sweep(), SWEEP);
		this.#sweeper.unref();
		try {
			await Promise.all(places.map((place) => place.renew()));
		} catch (error) {
			this.#users = 0;
			await this.#end();
			throw error;
		}
	}

	/** Ends the workers, when the last one calls it that has started them. */
	async stop(): Promise<void> {
		this.#users = Math.max(0, this.#users - 1);
		if (this.#users === 0) await this.#end();
	}

	async #end(): Promise<void> {
		const places = this.#places;
		this.#places = [];
		this.#starting = null;
		for (const call of this.#queue.splice(0)) this.#refuse(call, 'the server is stopping');
		await Promise.all(places.map((place) => place.stop()));
		if (this.#sweeper !== null) clearInterval(this.#sweeper);
		this.#sweeper = null;
	}

	/**
	 * Puts new workers in the place of all, and lets those before end their requests.
	 * @throws why the application cannot be loaded; then the workers stay as they are
	 */
	async reload(): Promise<void> {
		await Promise.all(this.#places.map((place) => place.renew()));
	}

	// ---- requests ---------------------------------------------------------------------------------------------------

	/** @throws Misuse when nobody has started the workers (WSGI-2) */
	requireStarted(): void {
		if (this.#starting !== null) return;
		throw new Misuse(
			'WSGI-2',
			`The workers of ${this.#name} have not been started: serve() does it, by the start() of the application.`,
		);
	}

	/** A call has come. */
	add(call: Call): void {
		call.since = this.#now;
		this.#calls.add(call);
	}

	submit(call: Call): void {
		call.since = this.#now;
		const worker = this.#freeWorker();
		if (worker !== null) this.#give(call, worker, worker.idle.pop() as Lane);
		else if (this.#places.length === 0) this.#refuse(call, 'the server is stopping');
		else if (this.#queue.length < this.#settings.queue) this.#queue.push(call);
		else this.#overflow(call);
	}

	withdrawn(call: Call): void {
		const at = this.#queue.indexOf(call);
		if (at >= 0) this.#queue.splice(at, 1);
	}

	over(call: Call): void {
		this.#calls.delete(call);
	}

	report(message: string, error?: unknown): void {
		try {
			this.#settings.log(message, error);
		} catch {
			// A log that fails must not take requests with it.
		}
	}

	#give(call: Call, worker: Worker, lane: Lane): void {
		call.since = this.#now;
		call.begin(worker, lane);
	}

	/** The worker with the fewest requests among those with a free thread. */
	#freeWorker(): Worker | null {
		let best: Worker | null = null;
		for (const { current } of this.#places) {
			if (current === null || current.idle.length === 0) continue;
			if (best === null || current.busy < best.busy) best = current;
		}
		return best;
	}

	#overflow(call: Call): void {
		if (!this.#isFull)
			this.report(`${this.#settings.queue} requests wait for a thread of ${this.#name}: more are refused`);
		this.#isFull = true;
		this.#refuse(call, 'too many requests wait for the application');
	}

	#refuse(call: Call, why: string): void {
		call.answer('503 Service Unavailable', `Service Unavailable: ${why}`, LATER);
	}

	// ---- workers ----------------------------------------------------------------------------------------------------

	freed(worker: Worker, lane: Lane): void {
		const call = this.#queue.shift();
		if (call !== undefined) this.#give(call, worker, lane);
		else {
			this.#isFull = false;
			worker.idle.push(lane);
		}
	}

	ready(worker: Worker): void {
		while (this.#queue.length > 0 && worker.idle.length > 0) {
			this.#give(this.#queue.shift() as Call, worker, worker.idle.pop() as Lane);
		}
	}

	// ---- time -------------------------------------------------------------------------------------------------------

	#sweep(): void {
		this.#now = performance.now();
		const { timeout, queueTimeout } = this.#settings;
		for (const call of this.#calls.values()) {
			const waited = this.#now - call.since;
			if (call.isWithWorker && timeout > 0 && waited >= timeout) this.#late(call);
			else if (call.isQueued && queueTimeout > 0 && waited >= queueTimeout) {
				this.withdrawn(call);
				this.#refuse(call, 'no thread of the application was free in time');
			} else if (waited >= SWEEP) call.giveBody();
		}
	}

	/** The thread cannot be stopped: its worker is replaced, and the others of its requests go on. */
	#late(call: Call): void {
		const { timeout } = this.#settings;
		const worker = call.worker;
		this.report(`the application did not begin its response to ${call.name} within ${timeout / 1000} s`);
		call.answer('504 Gateway Timeout', 'Gateway Timeout: the application did not answer in time');
		const place = this.#places.find(({ current }) => current === worker);
		if (place !== undefined) place.replace(`${worker} is replaced, because a thread of it is stuck`);
	}
}
