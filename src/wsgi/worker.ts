/** One worker: a Python process, its control connection, and a lane for each of its threads. */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import type { Socket } from 'node:net';
import { fileURLToPath } from 'node:url';
import { readInto } from '../host/node/socket-reading.ts';
import type { Environ } from '../layer/gateway/environ.ts';
import { type EscapeSettings, Escapes, type EscapesOwner } from './escape/escapes.ts';
import { FrameReader, type FrameSink } from './frame-reader.ts';
import { FrameType, frameHeader, VERSION } from './frames.ts';
import { Lane, type LaneCall, type LaneOwner } from './lane.ts';
import type { WsgiSettings } from './options.ts';
import { NotLoaded, PythonError } from './python-error.ts';

/** Whose a worker is. */
export interface WorkerOwner {
	/** A lane of a worker that is ready can take a request. */
	freed(worker: Worker, lane: Lane): void;
	/** A call that was sent to the worker has not been begun, and needs another. */
	recalled(call: LaneCall): void;
	/** Somebody has asked the worker to leave. */
	leaving(worker: Worker): void;
	/** The process has ended; `loaded` was rejected if it had not been fulfilled. */
	ended(worker: Worker): void;
	/** For the log. */
	report(message: string, error?: unknown): void;
}

/** The process has been started, or it loads the application. */
const LOADING = 0;
const READY = 1;
/** It gets no more requests. */
const DRAINING = 2;
/** It has been told to end. */
const ENDING = 3;
const ENDED = 4;

/** The descriptor of the first lane; the connection for escapes comes behind the last. */
const FIRST_LANE = 4;

/** Beside this file, whether that is a source or in the package as it is built. */
const START: string = fileURLToPath(new URL('./python/start.py', import.meta.url));

/** A request that has been with its thread for so long holds up what is sent behind it, in milliseconds. */
const HELD_UP = 3;

/** How long the connections of a process that has ended may stay open, if it has left them to others; in milliseconds. */
const LEFT_OPEN = 1000;

export class Worker implements LaneOwner, EscapesOwner, FrameSink {
	/** Fulfilled when the application has been loaded; rejected with why it was not. */
	readonly loaded: Promise<void>;
	/** Fulfilled when the process has ended, and all of its requests have been told. */
	readonly ended: Promise<void>;
	/** What is said of it to those whose request it had. */
	fate = 'has gone';
	/** Lanes that can take a request; the one used last is last. */
	readonly idle: Lane[] = [];
	/** How many requests are with its threads. */
	busy = 0;
	/** How many requests were lost with it. */
	cut = 0;
	/** How many requests it has been given. */
	given = 0;
	/** How many it is given before it is replaced. */
	readonly most: number;
	/** When it was loaded, by `performance.now()`. */
	since = 0;
	readonly #name: string;
	readonly #settings: WsgiSettings;
	readonly #owner: WorkerOwner;
	readonly #child: ChildProcess;
	readonly #control: Socket | null;
	readonly #lanes: readonly Lane[];
	readonly #escapes: Escapes | null;
	#stage: number = LOADING;
	/** One of its connections is gone. */
	#isMaimed = false;
	#resolve: () => void = () => {};
	#reject: (error: Error) => void = () => {};
	#timer: NodeJS.Timeout | null = null;

	/** @param name the application, as `module:callable` */
	constructor(name: string, settings: WsgiSettings, escaping: EscapeSettings, owner: WorkerOwner) {
		const { workers, threads, python, chdir, env, startTimeout, maxRequests, maxRequestsJitter } = settings;
		this.#name = name;
		this.#settings = settings;
		this.#owner = owner;
		const jitter = Math.floor(Math.random() * (maxRequestsJitter + 1));
		this.most = maxRequests === 0 ? Number.POSITIVE_INFINITY : maxRequests + jitter;
		this.loaded = new Promise((resolve, reject) => {
			this.#resolve = resolve;
			this.#reject = reject;
		});
		// Whoever awaits it sees it fail; a worker that fails beside one that failed before need not.
		this.loaded.catch(() => {});
		const pipes = new Array<'pipe'>(1 + threads).fill('pipe');
		// The last is for escapes.
		pipes.push('pipe');
		this.#child = spawn(python, [START], {
			cwd: chdir,
			env: { ...process.env, ...env },
			stdio: ['ignore', 'inherit', 'inherit', ...pipes],
		});
		const [, , , control, ...lanes] = this.#child.stdio as unknown as (Socket | null | undefined)[];
		this.#control = control ?? null;
		const escapes = lanes.pop() ?? null;
		this.#escapes = escapes === null ? null : new Escapes(escapes, escaping, this);
		this.#lanes = lanes.filter((lane) => lane instanceof Object).map((lane) => new Lane(lane, this, threads === 1));
		this.ended = this.#watch();
		if (control === null || control === undefined) return;
		const reader = new FrameReader(this);
		readInto(control, (octets) => reader.feed(octets));
		control.on('error', () => {});
		control.on('end', () => this.gone());
		const hello = JSON.stringify({
			...{ version: VERSION, app: name, threads, processes: workers, pid: process.pid },
			escapes: FIRST_LANE + threads,
		});
		const octets = Buffer.from(hello);
		control.write(frameHeader(octets.length, FrameType.HELLO, 0, 0), 'latin1');
		control.write(octets);
		if (startTimeout > 0) this.#after(startTimeout, () => this.#tooSlow());
	}

	get pid(): number | undefined {
		return this.#child.pid;
	}

	/** Whether it can be given requests. */
	get isReady(): boolean {
		return this.#stage === READY && !this.#isMaimed;
	}

	/** A number for the request that is given to it next. */
	take(): number {
		this.busy++;
		this.given++;
		return this.given;
	}

	/**
	 * It gets no more requests, and ends when those that it has are over, or the time for that is.
	 * @param isStopping because the server stops, and not to be replaced
	 */
	retire(isStopping = false): void {
		if (this.#stage >= DRAINING) return;
		if (this.#stage === LOADING) {
			this.kill();
			return;
		}
		this.#stage = DRAINING;
		this.idle.length = 0;
		const { drainTimeout } = this.#settings;
		this.#escapes?.leave(isStopping);
		if (this.#isIdle) this.end();
		else if (drainTimeout > 0) this.#after(drainTimeout, () => this.end());
	}

	/** It is told to end; if it does not, it is killed. */
	end(): void {
		if (this.#stage >= ENDING) return;
		this.#stage = ENDING;
		this.idle.length = 0;
		this.fate = 'was ended';
		this.#escapes?.end();
		this.#control?.end();
		this.#child.kill('SIGTERM');
		this.#after(this.#settings.killTimeout, () => {
			this.#owner.report(`${this} did not end within ${seconds(this.#settings.killTimeout)}, and is killed`);
			this.kill();
		});
	}

	/** It is ended at once. */
	kill(): void {
		if (this.#stage === ENDED) return;
		this.#stage = ENDING;
		this.#child.kill('SIGKILL');
	}

	/** The lane with the fewest requests, and less than `most`, that takes another behind them and is not held up by its first. */
	laneAhead(most: number, now: number): Lane | null {
		let best: Lane | null = null;
		for (const lane of this.#lanes) {
			if (lane.size >= most || !lane.takesAhead || lane.busyFor(now) > HELD_UP) continue;
			if (best === null || lane.size < best.size) best = lane;
		}
		return best;
	}

	/** Asks for the requests back that wait behind one that has been with its thread for so long, in milliseconds. */
	recallBehind(time: number, now: number): void {
		for (const lane of this.#lanes) {
			if (lane.size < 2 || lane.busyFor(now) < time) continue;
			for (const stream of lane.ahead()) this.#control?.write(frameHeader(0, FrameType.RECALL, 0, stream), 'latin1');
		}
	}

	toString(): string {
		return `the worker ${this.pid ?? '(not started)'} of ${this.#name}`;
	}

	// ---- the lanes --------------------------------------------------------------------------------------------------

	freed(lane: Lane): void {
		this.busy--;
		if (this.isReady) this.#owner.freed(this, lane);
		else this.#endIfIdle();
	}

	lost(count: number): void {
		this.busy -= count;
		this.cut += count;
		this.#endIfIdle();
	}

	/** Whether neither a request is with its threads, nor an exchange with what they have escaped to. */
	get #isIdle(): boolean {
		return this.busy === 0 && (this.#escapes === null || this.#escapes.size === 0);
	}

	#endIfIdle(): void {
		if (this.#stage === DRAINING && this.#isIdle) this.end();
	}

	// ---- escapes ----------------------------------------------------------------------------------------------------

	environOf(request: number): Environ | null {
		for (const lane of this.#lanes) {
			const call = lane.callOf(request);
			if (call !== null) return call.unanswered;
		}
		return null;
	}

	escapeOver(): void {
		this.#endIfIdle();
	}

	report(message: string, error?: unknown): void {
		this.#owner.report(message, error);
	}

	broken(message: string): void {
		this.#owner.report(`${this} does not keep to the channel, and is killed: it sent ${message}`);
		this.kill();
	}

	// ---- the control connection -------------------------------------------------------------------------------------

	frame(type: number, _flags: number, stream: number, payload: Uint8Array): void {
		if (type === FrameType.ANSWERS) for (const lane of this.#lanes) lane.answers(stream);
		else if (type === FrameType.RECALLED) this.#recalled(stream);
		else if (type === FrameType.LOG) this.#log(stream, new TextDecoder().decode(payload));
		else if (type === FrameType.LOADED) this.#ready();
		else if (type === FrameType.FAILED) this.#failed(new TextDecoder().decode(payload));
		else if (type === FrameType.LEAVING) {
			if (this.#stage === READY) this.#owner.leaving(this);
		} else this.broken(`a frame of type ${type} on its control connection`);
	}

	content(): void {
		this.broken('content on its control connection');
	}

	#log(stream: number, lines: string): void {
		for (const lane of this.#lanes) {
			const errors = lane.errorsOf(stream);
			if (errors === null) continue;
			errors.write(`${lines}\n`);
			return;
		}
		this.#owner.report(lines);
	}

	#recalled(stream: number): void {
		for (const lane of this.#lanes) {
			const size = lane.size;
			const call = lane.recalled(stream);
			if (lane.size === size) continue;
			this.busy--;
			if (call !== null) this.#owner.recalled(call);
		}
	}

	#ready(): void {
		if (this.#stage !== LOADING) return;
		this.#stage = READY;
		this.#clear();
		this.since = performance.now();
		this.idle.push(...this.#lanes);
		this.#resolve();
	}

	/** The application cannot be loaded; the process ends by itself. */
	#failed(told: string): void {
		const lines = told.trimEnd().split('\n');
		const summary = `${this.#name} cannot be loaded: ${lines.at(-1)}`;
		this.fate = 'could not load the application';
		this.#reject(lines.length === 1 ? new NotLoaded(summary) : new PythonError(summary, told));
	}

	#tooSlow(): void {
		this.fate = `did not load the application within ${seconds(this.#settings.startTimeout)}`;
		this.#reject(
			new NotLoaded(`${this.#name} was not loaded within ${seconds(this.#settings.startTimeout)} (startTimeout).`),
		);
		this.kill();
	}

	/** Without one of its connections a worker is not whole: it ends just now, or is to end. */
	gone(): void {
		this.#isMaimed = true;
		this.idle.length = 0;
		if (this.#stage < ENDING) this.#after(LEFT_OPEN, () => this.broken('the end of a connection'));
	}

	// ---- the process ------------------------------------------------------------------------------------------------

	async #watch(): Promise<void> {
		this.fate = await new Promise<string>((resolve) => {
			this.#child.on('error', (error: NodeJS.ErrnoException) => {
				// Also when it could not be killed: then it goes on, and so does the wait.
				if (this.#child.pid === undefined) resolve(this.#notStarted(error));
			});
			this.#child.on('exit', (code, signal) => {
				resolve(signal === null ? `ended with exit code ${code}` : `was ended by ${signal}`);
			});
		});
		this.#stage = ENDED;
		this.#clear();
		this.idle.length = 0;
		const hint = this.fate === 'ended with exit code 0' ? ` Is ${this.#settings.python} Python?` : '';
		this.#reject(new NotLoaded(`${this} ${this.fate} while it loaded the application.${hint}`));
		this.#owner.ended(this);
		// What it has sent is read to its end; processes that it has left behind may hold the connections.
		const left = setTimeout(() => {
			this.#escapes?.destroy();
			for (const lane of this.#lanes) lane.destroy();
		}, LEFT_OPEN);
		await Promise.all(this.#lanes.map((lane) => lane.closed));
		clearTimeout(left);
		this.#control?.destroy();
		this.#escapes?.destroy();
	}

	#notStarted(error: NodeJS.ErrnoException): string {
		const { python, chdir } = this.#settings;
		// Of both Node says only that something is not found.
		const why = !existsSync(chdir)
			? `there is no folder ${chdir}: set the option chdir`
			: error.code === 'ENOENT'
				? `there is no ${python}: set the option python to an interpreter, as ./venv/bin/python`
				: `it is no program that may be run: set the option python to an interpreter`;
		this.#reject(new NotLoaded(`${python} cannot be started: ${why} (${error.code}).`));
		for (const lane of this.#lanes) lane.destroy();
		return 'could not be started';
	}

	#after(time: number, act: () => void): void {
		this.#clear();
		this.#timer = setTimeout(act, time);
	}

	#clear(): void {
		if (this.#timer !== null) clearTimeout(this.#timer);
		this.#timer = null;
	}
}

function seconds(time: number): string {
	return `${time / 1000} s`;
}
