/** The lite form of any gateway application: `startResponse` and `write()` become one value. */
import { ExchangeEnded } from '../../rich/outcome.ts';
import { isThenable } from '../../rich/thenable.ts';
import { ErrorCode, Misuse } from '../../wire/fault.ts';
import { LAYER } from '../../wire/layer.ts';
import { quiet } from '../../wire/quiet.ts';
import { type GatewayApp, requireGateway } from './app.ts';
import type { Body } from './body.ts';
import { BodyReader, closedAfter, type Step } from './body-reader.ts';
import type { Environ } from './environ.ts';
import { type LiteApp, type LiteResponse, liteApp } from './lite.ts';
import { notStarted, ResponseHead } from './response-head.ts';
import type { StartResponse, Write } from './start-response.ts';

/**
 * Gives a gateway application its lite form. What is lite already is returned as it is; called with `startResponse`, a
 * lightened application is the one it was made of.
 *
 * The response is returned when it can no longer be replaced: at its first block that is not empty, or at its end; an
 * array with `startResponse` called before is returned as it is.
 *
 * @throws Misuse for what is no gateway application (GATE-3)
 * @example
 * const [status, fields, body] = await lighten(app)(environ);
 */
export function lighten(app: GatewayApp): LiteApp {
	requireGateway(app, 'lighten()');
	if (app[LAYER] === 'lite') return app as unknown as LiteApp;
	return liteApp((environ) => new Call(app).run(environ), app, app);
}

/** A block given to `write()`, and whoever waits for it to be taken. */
interface Written {
	readonly block: Uint8Array;
	readonly resolve: () => void;
	readonly reject: (error: unknown) => void;
}

/** One call of a gateway application whose response is wanted as a value. */
class Call {
	readonly #app: GatewayApp;
	readonly #head = new ResponseHead();
	/** Blocks of `write()` that wait to be taken. */
	readonly #queue: Written[] = [];
	/** The block taken last: its writer goes on when the next is asked for. */
	#taken: Written | null = null;
	/** Set while the application runs on behind a promise: gives the response out at the first write. */
	#respond: ((response: LiteResponse) => void) | null = null;
	/** What the application returned. */
	#reader: BodyReader | null = null;
	#failed: { readonly error: unknown } | null = null;
	/** Wakes whoever waits for a block while neither a block nor the body is there. */
	#wake: (() => void) | null = null;
	/** Fulfilled when the application's call is over, where it is awaited. */
	#settled: Promise<void> | null = null;
	/** Blocks of the body have been asked for, or nobody asks for any more: nothing may be written. */
	#writable = true;
	#stopped = false;

	constructor(app: GatewayApp) {
		this.#app = app;
	}

	run(environ: Environ): LiteResponse | Promise<LiteResponse> {
		let returned: Body | PromiseLike<Body>;
		try {
			returned = this.#app(environ, this.#startResponse);
		} catch (error) {
			this.#stopWriters();
			throw error;
		}
		if (!isThenable(returned)) {
			return this.#head.sent ? this.#withWritten(returned as Body) : this.#response(returned as Body);
		}
		return new Promise<LiteResponse>((resolve, reject) => {
			this.#settled = (returned as PromiseLike<Body>).then(
				(body) => this.#arrived(body, resolve),
				(error: unknown) => this.#rejected(error, reject),
			) as Promise<void>;
			if (this.#head.sent) resolve(this.#written());
			else this.#respond = resolve;
		});
	}

	#arrived(body: Body, resolve: (response: LiteResponse | PromiseLike<LiteResponse>) => void): void {
		this.#respond = null;
		if (!this.#head.sent) {
			resolve(new Promise((respond) => respond(this.#response(body))));
			return;
		}
		try {
			this.#reader = new BodyReader(body);
		} catch (error) {
			this.#failed = { error };
		}
		this.#wake?.();
	}

	#rejected(error: unknown, reject: (error: unknown) => void): void {
		this.#respond = null;
		this.#writable = false;
		if (!this.#head.sent) reject(error);
		this.#failed = { error };
		this.#wake?.();
	}

	readonly #startResponse: StartResponse = (status, fields, excInfo) => {
		this.#head.start(status, fields, excInfo);
		return this.#write;
	};

	readonly #write: Write = (block) => {
		if (this.#stopped) return quiet(Promise.reject(ended()));
		if (!this.#writable) {
			const fault = 'write() was called after the body was begun: what it sends comes before all blocks.';
			return quiet(Promise.reject(new Misuse('GATE-24', fault)));
		}
		if (block.length === 0) return Promise.resolve();
		this.#head.sent = true;
		const written = quiet(
			new Promise<void>((resolve, reject) => {
				this.#queue.push({ block, resolve, reject });
			}),
		);
		this.#respond?.(this.#written());
		this.#respond = null;
		this.#wake?.();
		return written;
	};

	/** The response of a body before which nothing was written. */
	#response(body: Body): LiteResponse | Promise<LiteResponse> {
		this.#writable = false;
		if (Array.isArray(body) && this.#head.started) {
			this.#head.sent = true;
			return [this.#head.status, this.#head.fields, body];
		}
		return this.#first(new BodyReader(body), []);
	}

	/** Reads to the first block that is not empty. */
	#first(reader: BodyReader, held: Uint8Array[]): LiteResponse | Promise<LiteResponse> {
		try {
			for (;;) {
				const step = reader.next();
				if (isThenable(step)) {
					return Promise.resolve(step as PromiseLike<Step>)
						.then((awaited) => this.#ready(awaited, held))
						.then(
							(ready) => (ready ? this.#resumed(reader, held) : this.#first(reader, held)),
							(error: unknown) => stoppedAfter(reader, error),
						);
				}
				if (this.#ready(step as Step, held)) return this.#resumed(reader, held);
			}
		} catch (error) {
			return stoppedAfter(reader, error);
		}
	}

	/** Takes a step; whether the response can go now. */
	#ready(step: Step, held: Uint8Array[]): boolean {
		if (step.done === true) return true;
		if (!this.#head.started) throw notStarted();
		held.push(step.value);
		return step.value.length > 0;
	}

	/** The response of a body whose first blocks have been read. */
	#resumed(reader: BodyReader, held: readonly Uint8Array[]): LiteResponse | Promise<LiteResponse> {
		let at = 0;
		const next = (): Step | PromiseLike<Step> =>
			at < held.length ? { done: false, value: held[at++] as Uint8Array } : reader.next();
		try {
			const response: LiteResponse = [
				this.#head.status,
				this.#head.fields,
				reader.async
					? asyncBody(async () => next(), reader)
					: syncBody(() => next() as IteratorResult<Uint8Array>, reader),
			];
			this.#head.sent = true;
			return response;
		} catch (error) {
			return stoppedAfter(reader, error);
		}
	}

	#withWritten(body: Body): LiteResponse {
		this.#reader = new BodyReader(body);
		return this.#written();
	}

	/** The response whose first blocks come by `write()`. */
	#written(): LiteResponse {
		const blocks = asyncBody(() => this.#next(), { return: () => this.#stop(), close: () => this.#close() });
		return [this.#head.status, this.#head.fields, blocks];
	}

	async #next(): Promise<Step> {
		this.#taken?.resolve();
		this.#taken = null;
		for (;;) {
			if (this.#stopped) return { done: true, value: undefined };
			const written = this.#queue.shift();
			if (written !== undefined) {
				this.#taken = written;
				return { done: false, value: written.block };
			}
			if (this.#failed !== null) {
				const { error } = this.#failed;
				this.#failed = null;
				throw error;
			}
			if (this.#reader !== null) {
				this.#writable = false;
				return this.#reader.next();
			}
			await new Promise<void>((resolve) => {
				this.#wake = resolve;
			});
			this.#wake = null;
		}
	}

	/** No more blocks are wanted: those who wait in `write()` are told, and what the application then returns is ended. */
	async #stop(): Promise<void> {
		if (this.#stopped) return;
		this.#stopWriters();
		this.#wake?.();
		await this.#settled;
		await this.#reader?.return();
	}

	#stopWriters(): void {
		this.#stopped = true;
		const waiting = this.#queue.splice(0);
		if (this.#taken !== null) waiting.unshift(this.#taken);
		this.#taken = null;
		for (const { reject } of waiting) reject(ended());
	}

	/** Ends everything. A failure of the application that no step of the body has told is told here. */
	async #close(): Promise<void> {
		await this.#stop();
		await this.#reader?.close();
		const failed = this.#failed;
		this.#failed = null;
		if (failed !== null && !ExchangeEnded.is(failed.error)) throw failed.error;
	}
}

function ended(): ExchangeEnded {
	return new ExchangeEnded({ reason: 'aborted', code: ErrorCode.CANCEL });
}

/** What a body of another is ended by. */
type Ends = Pick<BodyReader, 'return' | 'close'>;

function syncBody(next: () => IteratorResult<Uint8Array>, ends: Ends): Body {
	const iterator: Iterator<Uint8Array> = {
		next,
		return(): IteratorResult<Uint8Array> {
			ends.return();
			return { done: true, value: undefined };
		},
	};
	return { [Symbol.iterator]: () => iterator, close: () => ends.close() };
}

function asyncBody(next: () => Promise<Step>, ends: Ends): Body {
	const iterator: AsyncIterator<Uint8Array> = {
		next: next as () => Promise<IteratorResult<Uint8Array>>,
		async return(): Promise<IteratorResult<Uint8Array>> {
			await ends.return();
			return { done: true, value: undefined };
		},
	};
	return { [Symbol.asyncIterator]: () => iterator, close: () => ends.close() };
}

/** Stops and closes a reader because of an error, and throws that, whatever `return()` of the iterator throws. */
function stoppedAfter(reader: BodyReader, error: unknown): Promise<never> {
	let returned: void | PromiseLike<unknown>;
	try {
		returned = reader.return();
	} catch {
		return closedAfter(reader, error) as Promise<never>;
	}
	if (returned === undefined) return closedAfter(reader, error) as Promise<never>;
	return Promise.resolve(returned).then(
		() => closedAfter(reader, error),
		() => closedAfter(reader, error),
	);
}
