/** Carries one exchange as a call of a handler object: what a Response has no place for goes by the context. */
import type { ConnectContext, ServerContext } from '../../layer/fetch-server/context.ts';
import { codeOfReset, protocolError } from '../../layer/fetch-server/protocol-error.ts';
import type { Outcome } from '../../rich/outcome.ts';
import type { Priority, RequestHead } from '../../wire/carrier.ts';
import { ErrorCode } from '../../wire/fault.ts';
import type { Fields } from '../../wire/fields.ts';
import { type Answer, FetchCarrier } from '../fetch-carrier.ts';
import { CarriedTunnel } from './carried-tunnel.ts';
import { outcomeOf } from './outcome-of.ts';
import type { TrailedReads } from './trailed-reads.ts';

/** What becomes of a call, here also that it ends without a response. */
export interface ServerAnswer extends Answer {
	/** The exchange was denied, or is a tunnel. */
	nothing(): void;
}

export class ServerCarrier extends FetchCarrier {
	override canInform: boolean;
	override readonly canTrail: boolean;
	override readonly canAccept: boolean;
	/** The trailer fields of the response, once it has ended. */
	readonly responseTrailers: PromiseWithResolvers<Headers> = Promise.withResolvers();
	readonly #context: ServerContext;
	readonly #answer: ServerAnswer;
	readonly #reads: TrailedReads;
	#responded = false;
	#informed = false;
	#denied = false;
	#retired = false;
	#tunnel: CarriedTunnel | null = null;

	constructor(context: ServerContext, answer: ServerAnswer, reads: TrailedReads, head: RequestHead) {
		super(answer, reads, head.contentLength, head.method === 'HEAD');
		this.#context = context;
		this.#answer = answer;
		this.#reads = reads;
		this.canInform = head.httpVersion !== '1.0';
		this.canTrail = head.httpVersion !== '1.0';
		this.canAccept = 'accept' in context;
		// CONNECT has no content: what ends is the tunnel.
		if (head.method === 'CONNECT') this.content.over = true;
	}

	/** Of the request; for whoever reads its content. */
	get trailers(): Fields {
		return this.#reads.trailers;
	}

	// ---- the exchange's commands ------------------------------------------------------------------------------------

	override inform(status = 0, fields?: Fields): void {
		try {
			this.#context.sendInformational(status, [...(fields ?? [])]);
			this.#informed = true;
		} catch (error) {
			const { name } = error as Error;
			// What this server cannot do is not done; and a 100 that nobody waits for need not be sent.
			if (name === 'NotSupportedError') this.canInform = false;
			else if (name !== 'InvalidStateError' || status !== 100) throw error;
		}
	}

	override respond(status: number, fields: Fields, reason: string | undefined): void {
		this.#responded = true;
		super.respond(status, fields, reason);
	}

	override accept(fields?: Fields): void {
		this.content.over = true;
		this.#tunnel = new CarriedTunnel(
			(this.#context as ConnectContext).accept({ headers: [...(fields ?? [])] }),
			this.sink,
		);
		this.#answer.nothing();
	}

	override write(chunk: Uint8Array): number {
		return this.#tunnel === null ? super.write(chunk) : this.#tunnel.write(chunk);
	}

	override end(trailers: Fields | null = null): void {
		if (this.#tunnel !== null) {
			this.#tunnel.end();
			return;
		}
		this.responseTrailers.resolve(new Headers(trailers === null ? [] : [...trailers]));
		super.end();
	}

	override reset(code: number): void {
		if (this.#tunnel !== null) {
			this.#tunnel.reset(code);
		} else if (this.#responded || this.#informed) {
			super.reset(code);
		} else if (!this.#denied) {
			this.#denied = true;
			const name = this.#retired && code === ErrorCode.REFUSED_STREAM ? 'ERR_HTTP_GOAWAY' : codeOfReset(code);
			this.#context.deny(protocolError(name, 'The application declined the exchange.'));
			this.#answer.nothing();
		}
	}

	override hold(): void {
		if (this.#tunnel === null) super.hold();
		else this.#tunnel.hold();
	}

	override release(): void {
		if (this.#tunnel === null) super.release();
		else this.#tunnel.release();
	}

	override discard(): void {
		if (this.#tunnel === null) super.discard();
	}

	/** Only an exchange that is refused can say so. */
	override retire(): void {
		this.#retired = true;
	}

	override prioritize(priority?: Priority): void {
		this.#context.serverPriority = priority ?? null;
	}

	protected override broken(code: number): unknown {
		return protocolError(codeOfReset(code), 'The application broke the response off.');
	}

	// ---- what ends it -----------------------------------------------------------------------------------------------

	override contentFailed(error: unknown): void {
		this.left(outcomeOf(error));
	}

	override left(outcome: Outcome): void {
		// A tunnel tells its end itself.
		if (this.#tunnel === null) super.left(outcome);
	}
}
