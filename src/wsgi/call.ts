/** One request on its way through a worker: it waits for a thread, and becomes the body of its response. */
import type { Body } from '../layer/gateway/body.ts';
import { latin1, uncheckedBytes } from '../layer/gateway/byte-string.ts';
import type { Environ } from '../layer/gateway/environ.ts';
import type { ErrorStream } from '../layer/gateway/error-stream.ts';
import type { FieldPair, FieldPairs, StartResponse } from '../layer/gateway/start-response.ts';
import type { Rostered } from '../wire/roster.ts';
import { utf8 } from '../wire/utf8.ts';
import { Flag } from './frames.ts';
import type { Lane, LaneCall } from './lane.ts';
import type { PythonError, WorkerLost } from './python-error.ts';
import { RequestContent } from './request-content.ts';
import { type RequestPayload, requestFrame, requestPayload } from './request-frame.ts';
import type { Worker } from './worker.ts';

/** Who runs calls. */
export interface CallRunner {
	/** Finds a thread for the call, now or later; or refuses it. */
	submit(call: Call): void;
	/** The call needs no thread any more. */
	withdrawn(call: Call): void;
	/** The call is over. */
	over(call: Call): void;
	/** Something went wrong that is for the log alone. */
	report(message: string, error: unknown): void;
}

/** It gathers its content. */
const GATHERING = 0;
/** It waits for a thread. */
const QUEUED = 1;
/** It is on its way to a thread, behind others. */
const AHEAD = 2;
/** A thread has it. */
const WITH_WORKER = 3;
/** The head of the response has come. */
const ANSWERED = 4;
const OVER = 5;

/** What of a response may wait for its reader before no more is read from the worker, in octets. */
const AHEAD_MAX = 64 * 1024;

/** Pairs of the head seen last, by its parts. */
let lastParts: readonly string[] = [];
let lastPairs: FieldPairs = [];

/**
 * The response is given as a promise of an array when it comes soon and whole, which is nearly always; otherwise as this body,
 * whose reader is heard when the client has gone (WSGI-15).
 */
export class Call implements LaneCall, Rostered, AsyncIterableIterator<Uint8Array> {
	place = -1;
	/** Since when it has been waiting for a thread, or for the head of the response; told by whoever runs it. */
	since = 0;
	readonly environ: Environ;
	readonly #startResponse: StartResponse;
	readonly #runner: CallRunner;
	readonly #content: RequestContent;
	readonly #payload: RequestPayload;
	#stage: number = GATHERING;
	#worker: Worker | null = null;
	#lane: Lane | null = null;
	/** Answers the call of the application; null when it has been. */
	#given: { resolve: (body: Body) => void; reject: (error: unknown) => void } | null = null;
	/** A reader that waits for a block. */
	#reading: {
		resolve: (step: IteratorResult<Uint8Array, undefined>) => void;
		reject: (error: unknown) => void;
	} | null = null;
	#head: readonly string[] | null = null;
	#begun = false;
	#blocks: Uint8Array[] = [];
	#waiting = 0;
	#ended = false;
	#failure: { readonly error: unknown } | null = null;

	constructor(runner: CallRunner, environ: Environ, startResponse: StartResponse) {
		this.#runner = runner;
		this.environ = environ;
		this.#startResponse = startResponse;
		this.#content = new RequestContent(environ);
		this.#payload = requestPayload(environ);
	}

	/** Runs it. */
	run(): Promise<Body> {
		return new Promise((resolve, reject) => {
			this.#given = { resolve, reject };
			if (this.#content.isKnown) this.#submit();
			else void this.#gather();
		});
	}

	async #gather(): Promise<void> {
		try {
			await this.#content.gather();
		} catch (error) {
			// The client has gone; and the application was never asked.
			this.#failure = { error };
			this.told();
			return;
		}
		if (this.#stage === GATHERING) this.#submit();
	}

	#submit(): void {
		this.#stage = QUEUED;
		this.#runner.submit(this);
	}

	get errors(): ErrorStream {
		return this.environ['wsgi.errors'];
	}

	/** For people: the method and the target. */
	get name(): string {
		return `${latin1(this.environ.REQUEST_METHOD)} ${latin1(this.environ['rsgi.target'])}`;
	}

	/** Whether a thread has it, and has not answered. */
	get isWithWorker(): boolean {
		return this.#stage === WITH_WORKER;
	}

	get unanswered(): Environ | null {
		return this.#stage === AHEAD || this.#stage === WITH_WORKER ? this.environ : null;
	}

	/** Whether it waits for a thread. */
	get isQueued(): boolean {
		return this.#stage === QUEUED;
	}

	/** Who has it, or had it last. */
	get worker(): Worker | null {
		return this.#worker;
	}

	/** Hands it to a thread. */
	begin(worker: Worker, lane: Lane): void {
		const stream = worker.take();
		this.#stage = AHEAD;
		this.#worker = worker;
		this.#lane = lane;
		const content = this.#content;
		lane.send(
			this,
			stream,
			requestFrame(stream, this.#payload, lane.holdsNext ? content.flags | Flag.HELD : content.flags),
			content.whole,
		);
		if ((content.flags & Flag.FOLLOWS) !== 0 && content.whole === null) content.stream(lane, this);
	}

	/** It was sent to a thread that has not begun it: it needs another. */
	recall(): void {
		this.#stage = QUEUED;
		this.#lane = null;
	}

	/** Gives this as the body although nothing has come: from now on the reader tells when the client has gone. */
	giveBody(): void {
		const given = this.#given;
		this.#given = null;
		given?.resolve(this);
	}

	/** Answers in place of the application. */
	answer(status: string, text: string, fields: FieldPairs = []): void {
		if (this.#stage >= ANSWERED) return;
		const wasQueued = this.#stage === QUEUED;
		this.#stage = ANSWERED;
		this.#content.stop();
		const content = utf8(`${text}\n`);
		const extra = fields.flatMap(([name, value]) => [latin1(name), latin1(value)]);
		const type = ['Content-Type', 'text/plain; charset=utf-8', 'Content-Length', String(content.length)];
		this.#head = [status, ...type, ...extra];
		this.#blocks.push(content);
		this.#waiting = content.length;
		this.#ended = true;
		if (wasQueued) this.#runner.withdrawn(this);
		else this.#lane?.cancel(this);
		this.told();
	}

	// ---- what the lane tells ----------------------------------------------------------------------------------------

	get isPlain(): boolean {
		return this.#content.isPlain;
	}

	turn(now: number): void {
		if (this.#stage !== AHEAD) return;
		this.#stage = WITH_WORKER;
		this.since = now;
	}

	head(parts: readonly string[]): void {
		if (this.#stage !== WITH_WORKER) return;
		this.#stage = ANSWERED;
		this.#head = parts;
	}

	content(part: Uint8Array): void {
		this.#blocks.push(part);
		this.#waiting += part.length;
	}

	end(): void {
		this.#ended = true;
		this.#content.stop();
	}

	fail(error: PythonError): void {
		this.#content.stop();
		// Behind the end it is of close(): the client has its response.
		if (this.#ended) this.#runner.report(`the application failed after its response to ${this.name}`, error);
		else this.#failure = { error };
	}

	/** The request content cannot be read any more: the client has gone. */
	cut(error: unknown): void {
		if (this.#stage === OVER || this.#ended) return;
		this.#failure = { error };
		this.#lane?.cancel(this);
		this.told();
	}

	wanted(octets: number): void {
		// It has read what came before: a long upload is no application that hangs (WSGI-22).
		this.since = performance.now();
		this.#content.grant(octets);
	}

	lost(error: WorkerLost, isUnread: boolean): void {
		if (this.#ended) return;
		this.#lane = null;
		if (this.#stage === AHEAD || this.#stage === WITH_WORKER) {
			if (isUnread) {
				this.#submit();
				return;
			}
			this.answer('502 Bad Gateway', 'Bad Gateway: the process of the application ended');
			return;
		}
		this.#failure = { error };
		this.told();
	}

	/** Passes on what there is, to whoever waits. */
	told(): boolean {
		const given = this.#given;
		if (given !== null) {
			if (this.#failure !== null && !this.#begun && this.#head === null) this.#reject(given);
			else if (this.#head !== null) this.#resolve(given);
		} else if (this.#reading !== null) {
			const reading = this.#reading;
			const step = this.#step();
			if (step !== null) {
				this.#reading = null;
				step.then(reading.resolve, reading.reject);
			}
		}
		return this.#waiting > AHEAD_MAX && !this.#ended;
	}

	#reject(given: { reject: (error: unknown) => void }): void {
		const error = this.#failure?.error;
		this.#given = null;
		this.#finish();
		given.reject(error);
	}

	#resolve(given: { resolve: (body: Body) => void; reject: (error: unknown) => void }): void {
		this.#given = null;
		try {
			this.#start();
		} catch (error) {
			this.#stop();
			given.reject(error);
			return;
		}
		if (this.#ended && this.#failure === null) {
			const blocks = this.#blocks;
			this.#finish();
			given.resolve(blocks);
		} else {
			given.resolve(this);
		}
	}

	#start(): void {
		if (this.#begun || this.#head === null) return;
		this.#begun = true;
		const [status = ''] = this.#head;
		this.#startResponse(uncheckedBytes(status), fieldPairs(this.#head));
	}

	// ---- the body ---------------------------------------------------------------------------------------------------

	[Symbol.asyncIterator](): this {
		return this;
	}

	next(): Promise<IteratorResult<Uint8Array, undefined>> {
		return (
			this.#step() ??
			new Promise((resolve, reject) => {
				this.#reading = { resolve, reject };
			})
		);
	}

	/** The next block, the end or the failure; null while none of them has come. */
	#step(): Promise<IteratorResult<Uint8Array, undefined>> | null {
		try {
			this.#start();
		} catch (error) {
			this.#stop();
			return Promise.reject(error);
		}
		const block = this.#blocks.shift();
		if (block !== undefined) {
			this.#waiting -= block.length;
			if (this.#waiting <= AHEAD_MAX) this.#lane?.pull(this);
			return Promise.resolve({ done: false, value: block });
		}
		if (this.#failure !== null) {
			const { error } = this.#failure;
			this.#failure = null;
			this.#finish();
			return Promise.reject(error);
		}
		if (this.#ended) {
			this.#finish();
			return Promise.resolve({ done: true, value: undefined });
		}
		return null;
	}

	/** No more blocks are wanted: the client has gone, or it was HEAD. */
	return(): Promise<IteratorResult<Uint8Array, undefined>> {
		this.#stop();
		return Promise.resolve({ done: true, value: undefined });
	}

	close(): void {
		const failure = this.#failure;
		this.#stop();
		this.#failure = null;
		if (failure !== null) throw failure.error;
	}

	#stop(): void {
		if (this.#stage === OVER) return;
		const wasQueued = this.#stage === QUEUED;
		this.#finish();
		if (wasQueued) this.#runner.withdrawn(this);
		else this.#lane?.cancel(this);
		const reading = this.#reading;
		this.#reading = null;
		reading?.resolve({ done: true, value: undefined });
	}

	#finish(): void {
		if (this.#stage === OVER) return;
		this.#stage = OVER;
		this.#content.stop();
		this.#runner.over(this);
	}
}

function fieldPairs(parts: readonly string[]): FieldPairs {
	if (parts === lastParts) return lastPairs;
	const pairs: FieldPair[] = [];
	for (let at = 1; at + 1 < parts.length; at += 2) {
		pairs.push([uncheckedBytes(parts[at] as string), uncheckedBytes(parts[at + 1] as string)]);
	}
	lastParts = parts;
	lastPairs = pairs;
	return pairs;
}
