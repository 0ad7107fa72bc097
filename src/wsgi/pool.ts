/** The workers of one application, and the requests that wait for them. */
import { bytes } from '../layer/gateway/byte-string.ts';
import { Misuse } from '../wire/fault.ts';
import { Roster } from '../wire/roster.ts';
import type { Call, CallRunner } from './call.ts';
import type { EscapeSettings } from './escape/escapes.ts';
import { SocketRelay } from './escape/socket-relay.ts';
import type { Lane, LaneCall } from './lane.ts';
import type { WsgiSettings } from './options.ts';
import { Place, type PlaceOwner } from './place.ts';
import { watchFiles } from './watched-files.ts';
import type { Worker } from './worker.ts';

/** How often deadlines are looked at, in milliseconds. */
const SWEEP = 10;
/** How long a call is waited for before its body is given without a response, in milliseconds. */
const PATIENCE = 50;
/** What waits behind a request is taken back when that has been with its thread for so long, in milliseconds. */
const RECALL = 10;
/** How much work is sent ahead to a thread, in milliseconds of what requests took lately, and in requests. */
const AHEAD_TIME = 1;
const AHEAD_MOST = 32;
/** How much a request counts in what they took lately. */
const WEIGHT = 1 / 16;

/** With a 503: what was waited for may be there soon. */
const LATER = [[bytes('Retry-After'), bytes('1')]] as const;

export class Pool implements CallRunner, PlaceOwner {
	readonly #name: string;
	readonly #settings: WsgiSettings;
	readonly #escaping: EscapeSettings;
	#places: readonly Place[] = [];
	/** Calls that wait for a thread, in the order in which they came. */
	#queue: Call[] = [];
	/** All calls that are not over. */
	readonly #calls = new Roster<Call>();
	#sweeper: NodeJS.Timeout | null = null;
	#unwatch: () => void = () => {};
	#now = 0;
	#isFull = false;
	/** How long requests took lately, in milliseconds. */
	#pace = AHEAD_TIME;
	/** How many a thread may have: one, and those ahead. */
	#most = 1;
	/** How many have started it and not stopped it. */
	#users = 0;
	#starting: Promise<void> | null = null;

	/** @param name the application, as `module:callable` */
	constructor(name: string, settings: WsgiSettings) {
		this.#name = name;
		this.#settings = settings;
		const { remotes } = settings;
		this.#escaping = { remotes, sockets: new SocketRelay(settings.topics) };
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
		const places = Array.from({ length: workers }, () => new Place(this.#name, this.#settings, this.#escaping, this));
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
		const { watch, chdir } = this.#settings;
		if (!watch) return;
		this.#unwatch = watchFiles(
			chdir,
			(file) => {
				this.report(`${file} has changed: ${this.#name} is loaded again`);
				this.reload().catch((error: unknown) => this.report('the workers stay as they were', error));
			},
			(error) => this.report(`${chdir} cannot be watched`, error),
		);
	}

	/** Ends the workers, when the last one calls it that has started them. */
	async stop(): Promise<void> {
		this.#users = Math.max(0, this.#users - 1);
		if (this.#users === 0) await this.#end();
	}

	async #end(): Promise<void> {
		const places = this.#places;
		this.#places = [];
		this.#unwatch();
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
		else if (this.#queue.length === 0 && call.isPlain && this.#giveAhead(call)) return;
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

	/** Gives a call to a thread that is busy, when requests are over so soon that it would not be faster elsewhere. */
	#giveAhead(call: Call): boolean {
		if (this.#most === 1) return false;
		const now = performance.now();
		let best: Worker | null = null;
		let lane: Lane | null = null;
		for (const { current } of this.#places) {
			const found = current === null || !current.isReady ? null : current.laneAhead(this.#most, now);
			if (found === null || (lane !== null && found.size >= lane.size)) continue;
			best = current;
			lane = found;
		}
		if (best === null || lane === null) return false;
		this.#give(call, best, lane);
		return true;
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
		this.#pace += WEIGHT * (Math.min(lane.took, 10 * AHEAD_TIME) - this.#pace);
		this.#most = this.#pace > AHEAD_TIME ? 1 : 1 + Math.min(AHEAD_MOST, Math.floor(AHEAD_TIME / this.#pace));
		while (this.#queue.length > 0 && (lane.size === 0 || (lane.size < this.#most && lane.takesAhead))) {
			const call = this.#queue[0] as Call;
			if (lane.size > 0 && !call.isPlain) return;
			this.#queue.shift();
			this.#give(call, worker, lane);
		}
		if (lane.size > 0) return;
		this.#isFull = false;
		worker.idle.push(lane);
	}

	recalled(given: LaneCall): void {
		const call = given as Call;
		call.recall();
		const worker = this.#freeWorker();
		if (worker === null) this.#queue.unshift(call);
		else this.#give(call, worker, worker.idle.pop() as Lane);
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
		for (const { current } of this.#places) current?.recallBehind(RECALL, this.#now);
		for (const call of this.#calls.values()) {
			const waited = this.#now - call.since;
			if (call.isWithWorker && timeout > 0 && waited >= timeout) this.#late(call);
			else if (call.isQueued && queueTimeout > 0 && waited >= queueTimeout) {
				this.withdrawn(call);
				this.#refuse(call, 'no thread of the application was free in time');
			} else if (waited >= PATIENCE) call.giveBody();
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
