/** One request, answered by a gateway application: what it calls, what it returns, and how it ends. */
import { inJournal, type Lower, Origin } from '../../escape/origin.ts';
import type { GatewayApp } from '../../layer/gateway/app.ts';
import type { Body } from '../../layer/gateway/body.ts';
import { BodyReader, type Step } from '../../layer/gateway/body-reader.ts';
import { bytes, uncheckedBytes } from '../../layer/gateway/byte-string.ts';
import { type Closing, Resources } from '../../layer/gateway/closing.ts';
import type { Environ, Upgrade } from '../../layer/gateway/environ.ts';
import type { FieldPair, StartResponse, Write } from '../../layer/gateway/start-response.ts';
import type { Past } from '../../layer/yielding-handler.ts';
import type { Exchange, UnreadContent } from '../../rich/exchange.ts';
import type { Handler } from '../../rich/handler.ts';
import { journalOf } from '../../rich/journal.ts';
import { ExchangeEnded } from '../../rich/outcome.ts';
import { isThenable } from '../../rich/thenable.ts';
import { ErrorCode, Misuse } from '../../wire/fault.ts';
import type { FieldLines } from '../../wire/fields.ts';
import { quiet } from '../../wire/quiet.ts';
import type { ContentInput } from './content-input.ts';
import { serverEnviron } from './environ.ts';
import { Following } from './following.ts';
import { LineLog, type TellLine } from './line-log.ts';
import { MadeBody } from './made-body.ts';
import type { StreamSource } from './request-streams.ts';
import { ResponseOut } from './response-out.ts';
import { turn } from './turn.ts';

/** The application has been called: it may `write()`. */
const CALLED = 0;
/** Blocks of its body are being asked for. */
const BODY = 1;
/** All is over: what is registered now is closed at once. */
const OVER = 2;

const OK = bytes('200 OK');

/** Runs an application for one exchange. What few requests need is made when it is needed: speed is in what is not done. */
export class Call implements StreamSource, Lower {
	readonly #exchange: Exchange;
	readonly #tell: TellLine;
	readonly #out: ResponseOut;
	#stage: number = CALLED;
	#following: Following | null = null;
	#errors: LineLog | null = null;
	#resources: Resources | null = null;
	/** Made when something is registered. */
	#origin: Origin | null = null;

	constructor(exchange: Exchange, tell: TellLine) {
		this.#exchange = exchange;
		this.#tell = tell;
		this.#out = new ResponseOut(exchange);
	}

	/** Calls the application, and answers. Gives a promise only where something has to be waited for. */
	run(app: GatewayApp): void | Promise<void> {
		let body: Body | PromiseLike<Body> | null = null;
		const journal = journalOf(this.#exchange);
		try {
			const environ = serverEnviron(this.#exchange, this, this.#closing, this.#upgrade, this.#completed);
			if (journal === null) body = app(environ, this.#startResponse);
			else {
				journal.tell({ kind: 'layer', layer: 'gateway' });
				body = inJournal(journal, () => app(environ, this.#startResponse));
			}
			if (Array.isArray(body) && this.#following?.full !== true) {
				this.#stage = BODY;
				const sent = this.#array(body, 0);
				if (sent >= 0) return this.#stream(body, sent);
				if (this.#isQuiet(body)) return;
			} else if (!this.#endMade(body)) {
				return this.#stream(body, 0);
			}
			if (!this.#isPlaceholder(body as Body)) return this.#end(new BodyReader(body as Body), []);
		} catch (error) {
			return this.#end(Array.isArray(body) ? new BodyReader(body) : null, [error]);
		}
		// A placeholder, and nothing has to be closed: what it stands for is run at once, and fails for itself.
		this.#stage = OVER;
		this.#following?.release();
		return this.#origin?.finish() as void | Promise<void>;
	}

	readonly #startResponse: StartResponse = (status, fields, excInfo) => {
		this.#out.start(status, fields, excInfo);
		return this.#write;
	};

	readonly #write: Write = (block) => {
		try {
			const { outcome } = this.#follow();
			if (outcome !== null) throw new ExchangeEnded(outcome);
			if (this.#stage !== CALLED) throw tooLate();
			return quiet(this.#sent(block) ?? Promise.resolve());
		} catch (error) {
			return quiet(Promise.reject(error));
		}
	};

	readonly #closing: Closing = (resource) => {
		this.#resources ??= new Resources((error) => this.#tell(`A resource that came late did not close: ${error}`));
		if (this.#stage === OVER) void this.#resources.close();
		return this.#resources.closing(resource);
	};

	readonly #upgrade: Upgrade = (app, startResponse, options) => {
		if (this.#origin === null) {
			this.#origin = new Origin(this.#exchange, this, (error) => this.#tell(String(error)));
			if (this.#following !== null) this.#following.origin = this.#origin;
			// While the application is being called nothing can happen; and if it returns the placeholder, nobody has to hear of it.
			else if (this.#stage !== CALLED) this.#follow();
			if (!this.#exchange.responded) this.#out.decide(this.#origin.output);
		}
		const placeholder = this.#origin.register(app, options);
		if (startResponse === this.#startResponse) {
			// There is nobody in between who might look at the head.
			this.#out.startMade(placeholder);
			return new MadeBody(placeholder);
		}
		const pairs = pairsOf(placeholder.fields);
		this.#out.made(pairs, placeholder);
		startResponse(OK, pairs);
		return [placeholder.content];
	};

	readonly #completed: NonNullable<Environ['rsgi.completed']> = (callback) => this.#follow().whenCompleted(callback);

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
				this.#follow().full = true;
				return at + 1;
			}
		}
		out.end(last < from ? null : (blocks[last] as Uint8Array));
		return -1;
	}

	/** Whether a body is that of a placeholder, and neither it nor the head has been looked at by anybody: then the response is over. */
	#endMade(body: unknown): boolean {
		const made = this.#origin === null ? null : MadeBody.untouched(body);
		if (made === null || !this.#out.endMade(made)) return false;
		this.#stage = BODY;
		return true;
	}

	/** Whether nobody is to be told of the end, as is usual. */
	#isQuiet(body: Body): boolean {
		if (
			this.#following !== null ||
			this.#resources !== null ||
			this.#errors !== null ||
			this.#out.deciding ||
			body.close !== undefined
		)
			return false;
		this.#stage = OVER;
		return true;
	}

	/** Whether it was a placeholder that is to be run, and there is nothing to be closed before. */
	#isPlaceholder(body: Body): boolean {
		return (
			this.#origin?.arrived === true && this.#resources === null && this.#errors === null && body.close === undefined
		);
	}

	/** Answers with what cannot be sent at once. */
	async #stream(given: Body | PromiseLike<Body>, from: number): Promise<void> {
		const failures: unknown[] = [];
		let reader: BodyReader | null = null;
		try {
			const following = this.#follow();
			const body = isThenable(given) ? await given : (given as Body);
			this.#stage = BODY;
			reader = new BodyReader(body);
			if (following.full) await following.moving();
			if (Array.isArray(body)) {
				for (let at = from; at >= 0; ) {
					at = this.#array(body, at);
					if (at >= 0) await following.moving();
				}
			} else {
				await this.#blocks(reader, following);
			}
		} catch (error) {
			failures.push(error);
		}
		await this.#end(reader, failures);
	}

	/** Sends block by block: each has left before the next is asked for. */
	async #blocks(reader: BodyReader, following: Following): Promise<void> {
		while (!this.#out.ended) {
			if (following.outcome !== null) throw new ExchangeEnded(following.outcome);
			const given = reader.next();
			const step = isThenable(given) ? await following.step(given) : (given as Step);
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
		const following = this.#follow();
		following.full = true;
		return following.moving();
	}

	// ---- the end ----------------------------------------------------------------------------------------------------

	/** Ends the body, then the resources, each whatever became of the one before; then throws what went wrong. */
	async #end(reader: BodyReader | null, failures: unknown[]): Promise<void> {
		this.#stage = BODY;
		// The client is told before what may take long.
		if (failures.length > 0 && this.#exchange.responded && !this.#out.ended)
			this.#exchange.abort(ErrorCode.INTERNAL_ERROR);
		const origin = this.#origin;
		// What is registered has to hear of the end.
		const following = origin === null ? this.#following : this.#follow();
		const arrived = failures.length === 0 && origin?.arrived === true;
		if (arrived) following?.release();
		else following?.finish();
		// A step that is pending may be so for ever, until close() wakes it: then it is not waited for.
		const pending = following?.stepping === true;
		const returned = reader === null ? null : collected(() => reader.return(), failures);
		if (!pending) await returned;
		if (reader !== null) await collected(() => reader.close(), failures);
		this.#stage = OVER;
		const resources = this.#resources;
		if (resources !== null) await collected(() => resources.close(), failures);
		if (pending) await returned;
		this.#errors?.flush();
		const told = failures.filter((error) => !(ExchangeEnded.is(error) && error.outcome === following?.outcome));
		if (told.length === 1) throw told[0];
		if (told.length > 1) throw new AggregateError(told, 'The application failed, and so did what was to be closed.');
		this.#out.check();
		await origin?.finish();
	}

	// ---- what is made when it is needed -----------------------------------------------------------------------------

	get input(): ContentInput {
		return this.#follow().input;
	}

	get errors(): LineLog {
		this.#errors ??= new LineLog(this.#tell);
		return this.#errors;
	}

	/** From now on there is somebody to hear events. */
	#follow(): Following {
		if (this.#following === null) {
			this.#following = new Following(this.#exchange);
			this.#following.origin = this.#origin;
		}
		return this.#following;
	}

	// ---- what an escape asks for ------------------------------------------------------------------------------------

	get unread(): UnreadContent {
		return this.#following === null ? 'whole' : this.#following.unread;
	}

	handOver(handler: Handler): Past {
		return this.#follow().handOver(handler);
	}
}

/** Lines that we have made ourselves as `startResponse` takes them. */
function pairsOf(flat: FieldLines): FieldPair[] {
	const pairs: FieldPair[] = [];
	for (let at = 0; at < flat.length; at += 2) {
		pairs.push([uncheckedBytes(flat[at] as string), uncheckedBytes(flat[at + 1] as string)]);
	}
	return pairs;
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
