/** One request, answered by a gateway application: what it calls, what it returns, and how it ends. */
import type { GatewayApp } from '../../layer/gateway/app.ts';
import type { Body } from '../../layer/gateway/body.ts';
import { BodyReader, type Step } from '../../layer/gateway/body-reader.ts';
import { type Closing, Resources } from '../../layer/gateway/closing.ts';
import type { StartResponse, Write } from '../../layer/gateway/start-response.ts';
import type { Exchange } from '../../rich/exchange.ts';
import type { Handler } from '../../rich/handler.ts';
import { ExchangeEnded, type Outcome } from '../../rich/outcome.ts';
import { isThenable } from '../../rich/thenable.ts';
import { ErrorCode, Misuse } from '../../wire/fault.ts';
import { ContentInput, type ContentSource } from './content-input.ts';
import { serverEnviron } from './environ.ts';
import { LineLog, type TellLine } from './line-log.ts';
import { ResponseOut } from './response-out.ts';
import { turn } from './turn.ts';

/** Whoever waits for drain. */
interface Waiter {
	readonly resolve: () => void;
	readonly reject: (error: ExchangeEnded) => void;
}

/**
 * Runs an application for one exchange. It is the exchange's handler too, but attached only when an event is wanted: most
 * requests are answered before there is one.
 */
export class Call implements Handler, ContentSource {
	readonly #exchange: Exchange;
	readonly #tell: TellLine;
	readonly #input: ContentInput;
	readonly #errors: LineLog;
	readonly #out: ResponseOut;
	#resources: Resources | null = null;
	#attached = false;
	#outcome: Outcome | null = null;
	/** `write()` comes too late: blocks of the body have been asked for, or the call is over. */
	#begun = false;
	/** All is over; what is registered now is closed at once. */
	#over = false;
	/** Output waits, and drain is to come. */
	#full = false;
	/** Those who wait for drain. */
	#waiting: Waiter[] = [];
	/** Breaks off the wait for a step of the body. */
	#interrupt: ((error: ExchangeEnded) => void) | null = null;

	constructor(exchange: Exchange, tell: TellLine) {
		this.#exchange = exchange;
		this.#tell = tell;
		this.#input = new ContentInput(this);
		this.#errors = new LineLog(tell);
		this.#out = new ResponseOut(exchange);
	}

	/** Calls the application, and answers. Gives a promise only where something has to be waited for. */
	run(app: GatewayApp): void | Promise<void> {
		let body: Body | PromiseLike<Body>;
		try {
			body = app(serverEnviron(this.#exchange, this.#input, this.#errors, this.#closing), this.#startResponse);
			if (Array.isArray(body) && !this.#full) {
				this.#begun = true;
				const sent = this.#array(body, 0);
				if (sent < 0) return this.#isQuiet(body) ? undefined : this.#end(new BodyReader(body), []);
				return this.#stream(body, sent);
			}
		} catch (error) {
			return this.#end(null, [error]);
		}
		return this.#stream(body, 0);
	}

	readonly #startResponse: StartResponse = (status, fields, excInfo) => {
		this.#out.start(status, fields, excInfo);
		return this.#write;
	};

	readonly #write: Write = (block) => {
		try {
			if (this.#outcome !== null) throw new ExchangeEnded(this.#outcome);
			if (this.#begun) throw tooLate();
			this.#attach();
			return quiet(this.#sent(block) ?? Promise.resolve());
		} catch (error) {
			return quiet(Promise.reject(error));
		}
	};

	readonly #closing: Closing = (resource) => {
		this.#resources ??= new Resources((error) => this.#tell(`A resource that came late did not close: ${error}`));
		if (this.#over) void this.#resources.close();
		return this.#resources.closing(resource);
	};

	// ---- the body ---------------------------------------------------------------------------------------------------

	/**
	 * Sends the blocks of an array, which all are there: none has to leave before the next is asked for.
	 * @returns where to go on after drain; -1 when all has been sent
	 */
	#array(blocks: readonly Uint8Array[], from: number): number {
		const out = this.#out;
		const last = blocks.length - 1;
		for (let at = from; at < last; at++) {
			if (!out.write(blocks[at] as Uint8Array)) {
				this.#full = true;
				return at + 1;
			}
		}
		out.end(last < from ? null : (blocks[last] as Uint8Array));
		return -1;
	}

	/** Whether nobody is to be told of the end, as is usual. */
	#isQuiet(body: Body): boolean {
		if (this.#attached || this.#resources !== null || body.close !== undefined || this.#errors.pending) return false;
		this.#over = true;
		return true;
	}

	/** Answers with what cannot be sent at once. */
	async #stream(given: Body | PromiseLike<Body>, from: number): Promise<void> {
		const failures: unknown[] = [];
		let reader: BodyReader | null = null;
		try {
			this.#attach();
			const body = isThenable(given) ? await given : (given as Body);
			this.#begun = true;
			reader = new BodyReader(body);
			if (this.#full) await this.#drained();
			if (Array.isArray(body)) {
				for (let at = from; at >= 0; ) {
					at = this.#array(body, at);
					if (at >= 0) await this.#drained();
				}
			} else {
				await this.#blocks(reader);
			}
		} catch (error) {
			failures.push(error);
		}
		await this.#end(reader, failures);
	}

	/** Sends block by block: each has left before the next is asked for. */
	async #blocks(reader: BodyReader): Promise<void> {
		while (!this.#out.ended) {
			if (this.#outcome !== null) throw new ExchangeEnded(this.#outcome);
			const given = reader.next();
			const step = isThenable(given) ? await this.#awaited(given) : (given as Step);
			if (step.done === true) {
				this.#out.end(null);
				return;
			}
			const sent = this.#sent(step.value);
			if (sent !== null) await sent;
		}
	}

	/** Sends a block. The promise is fulfilled when it has left; null when there was nothing to send. */
	#sent(block: Uint8Array): Promise<void> | null {
		const more = this.#out.write(block);
		if (more) return block.length === 0 || this.#out.ended ? null : turn();
		this.#full = true;
		return this.#drained();
	}

	#drained(): Promise<void> {
		return new Promise((resolve, reject) => {
			if (this.#outcome !== null) reject(new ExchangeEnded(this.#outcome));
			else this.#waiting.push({ resolve, reject });
		});
	}

	/** A step of the body, or the end of the exchange, if that comes first. What the step then gives, nobody wants. */
	#awaited(step: PromiseLike<Step>): Promise<Step> {
		return new Promise((resolve, reject) => {
			this.#interrupt = reject;
			step.then(
				(given) => {
					this.#interrupt = null;
					resolve(given);
				},
				(error: unknown) => {
					this.#interrupt = null;
					reject(error);
				},
			);
		});
	}

	// ---- the end ----------------------------------------------------------------------------------------------------

	/** Ends the body, then the resources, each whatever became of the one before; then throws what went wrong. */
	async #end(reader: BodyReader | null, failures: unknown[]): Promise<void> {
		this.#begun = true;
		// The client is told before what may take long.
		if (failures.length > 0 && this.#out.sent && !this.#out.ended) this.#exchange.abort(ErrorCode.INTERNAL_ERROR);
		if (this.#attached) this.#exchange.discard();
		this.#input.closed();
		// A step that is pending may be so for ever, until close() wakes it: then it is not waited for.
		const pending = this.#interrupt !== null;
		const returned = reader === null ? null : collected(() => reader.return(), failures);
		if (!pending) await returned;
		if (reader !== null) await collected(() => reader.close(), failures);
		this.#over = true;
		const resources = this.#resources;
		if (resources !== null) await collected(() => resources.close(), failures);
		if (pending) await returned;
		this.#errors.flush();
		const told = failures.filter((error) => !(error instanceof ExchangeEnded && error.outcome === this.#outcome));
		if (told.length === 1) throw told[0];
		if (told.length > 1) throw new AggregateError(told, 'The application failed, and so did what was to be closed.');
	}

	// ---- events -----------------------------------------------------------------------------------------------------

	/** From now on there is somebody to hear events. Content waits until it is read. */
	#attach(): void {
		if (this.#attached) return;
		this.#attached = true;
		this.#exchange.pause();
		this.#exchange.attach(this);
	}

	pull(): void {
		this.#attach();
		// What comes behind CONNECT is a tunnel's, and not content.
		if (this.#exchange.method === 'CONNECT') queueMicrotask(() => this.#input.end());
		else this.#exchange.resume();
	}

	hold(): void {
		this.#exchange.pause();
	}

	data(chunk: Uint8Array): void {
		this.#input.data(chunk);
	}

	end(): void {
		this.#input.end();
	}

	drain(): void {
		this.#full = false;
		for (const { resolve } of this.#waiting.splice(0)) resolve();
	}

	closed(outcome: Outcome): void {
		this.#outcome = outcome;
		this.#input.closed(outcome);
		const ended = new ExchangeEnded(outcome);
		for (const { reject } of this.#waiting.splice(0)) reject(ended);
		this.#interrupt?.(ended);
	}
}

/** Does something that may fail, now or later; what goes wrong is added to the failures. */
async function collected(act: () => unknown, failures: unknown[]): Promise<void> {
	try {
		await act();
	} catch (error) {
		failures.push(error);
	}
}

function tooLate(): Misuse {
	return new Misuse(
		'GATE-58',
		'write() was called after the body was begun: what it sends comes before all blocks of the body.',
	);
}

/** A write that nobody awaits must not end the process; whoever awaits it sees it fail. */
function quiet(write: Promise<void>): Promise<void> {
	write.catch(() => {});
	return write;
}
