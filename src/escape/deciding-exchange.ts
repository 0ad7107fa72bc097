/** What a layer responds to once something has been registered: it keeps back what may be a placeholder, and sends the rest. */
import type { Exchange } from '../rich/exchange.ts';
import { FAILED, FAILURE_FIELDS, NO_TUNNEL } from '../rich/failure-response.ts';
import { journalOf, lookOf } from '../rich/journal.ts';
import { WrappedExchange } from '../rich/wrapped-exchange.ts';
import { type FieldLines, Fields, type FieldsInit } from '../wire/fields.ts';
import { addedFields, droppedNames, withoutResidue } from './added-fields.ts';
import { asMade, Decision, type Verdict } from './decision.ts';
import { EscapeFault } from './escape-fault.ts';
import { settleTag } from './named-tag.ts';
import type { Registration, Registrations } from './registrations.ts';

/** Nothing has been sent, and nothing is certain. */
const HOLDING = 0;
/** It is no placeholder: all goes through. */
const PASSING = 1;
/** What still comes of it is for nobody. */
const DROPPING = 2;

/** A head that is kept back. */
interface HeldHead {
	readonly status: number;
	readonly fields: Fields;
	readonly reason: string | undefined;
}

/** The exchange as a lower layer sees it from its first registration on. */
export class DecidingExchange extends WrappedExchange {
	readonly #exchange: Exchange;
	readonly #registrations: Registrations;
	/** Made for a head that has to be looked at. */
	#decision: Decision | null = null;
	/** Whose placeholder has begun as it was made: then there is only the content to be compared. */
	#expected: Registration | null = null;
	/** Its whole content has come. */
	#whole = false;
	#stage: number = HOLDING;
	#head: HeldHead | null = null;
	#held: Uint8Array[] = [];
	/** What has arrived. */
	#arrived: Registration | null = null;
	#fault: EscapeFault | null = null;

	constructor(exchange: Exchange, registrations: Registrations) {
		super(exchange);
		this.#exchange = exchange;
		this.#registrations = registrations;
	}

	/** Whether a response has come, be it kept back. */
	override get responded(): boolean {
		return this.#head !== null || super.responded;
	}

	/** The registration whose placeholder has arrived whole, or null. */
	get arrived(): Registration | null {
		return this.#arrived;
	}

	/** The fields that were added to the placeholder that has arrived. */
	get added(): Fields {
		const lines = this.#head?.fields.lines ?? [];
		return lines.length === 0 ? new Fields([]) : addedFields(lines, this.#expected?.fields);
	}

	/** The names of the fields of that placeholder which say nothing of what is run: they are not sent. */
	get dropped(): string[] {
		return droppedNames(this.#head?.fields.lines ?? []);
	}

	/** @throws EscapeFault when what arrived was not sent, and can not be run: for the log (ESC-12) */
	check(): void {
		if (this.#fault !== null) throw this.#fault;
	}

	/**
	 * A whole response that is known to be as this placeholder was made: as `respond` and `end` with its lines and its content
	 * would, it decides by ESC-10 (a), or to HEAD (b), and need not look at a field or an octet for it.
	 * @param added lines that were added to it, which say nothing of its content
	 * @returns whether it lives; if not, nothing has been done
	 */
	respondUntouched(made: object, added: FieldLines = []): boolean {
		if (!this.#registrations.isLive(made) || this.#head !== null || this.#stage !== HOLDING) return false;
		this.#head = {
			status: 200,
			fields: new Fields(this.#watched ? [...made.fields, ...added] : (added as string[])),
			reason: undefined,
		};
		this.#act(asMade(made, this.#exchange.method));
		return true;
	}

	override respond(status: number, fields?: FieldsInit, reason?: string): void {
		const lines = fields instanceof Fields ? fields.lines : (fields ?? []);
		this.#expected = status === 200 ? this.#registrations.begunBy(lines) : null;
		if (lines === this.#expected?.fields) {
			this.#head = { status, fields: new Fields(lines as string[]), reason };
			return;
		}
		// A copy: what is kept back must not be changed meanwhile.
		const given = fields instanceof Fields ? fields.clone() : Fields.from(lines);
		this.#head = { status, fields: given, reason };
		if (this.#expected === null) this.#act(this.#mine.head(status, given.lines));
	}

	override write(chunk: Uint8Array): boolean {
		if (this.#stage === PASSING) return super.write(chunk);
		if (this.#stage === DROPPING || chunk.length === 0) return true;
		if (this.#expected !== null && !this.#whole && this.#isWhole(this.#expected, chunk)) {
			this.#whole = true;
			this.#held.push(chunk);
			return true;
		}
		return this.#hold(chunk);
	}

	override end(chunk?: Uint8Array | null, trailers?: FieldsInit): void {
		if (this.#expected !== null && this.#isWhole(this.#expected, chunk)) {
			this.#act(asMade(this.#expected, this.#exchange.method));
			return;
		}
		if (this.#stage === HOLDING && chunk != null && chunk.length > 0) {
			this.#hold(chunk);
			chunk = null;
		}
		if (this.#stage === HOLDING) {
			this.#act(this.#mine.end());
		}
		if (this.#stage === PASSING) super.end(chunk, trailers);
	}

	/** Whether what has come and this is the content of the placeholder; to HEAD there is none. */
	#isWhole({ tag }: Registration, chunk: Uint8Array | null | undefined): boolean {
		if (this.#decision !== null) return false;
		const length = chunk?.length ?? 0;
		if (length === 0) return this.#whole || this.#exchange.method === 'HEAD';
		if (this.#whole || length !== tag.length) return false;
		for (let at = 0; at < length; at++) if (chunk?.[at] !== tag.charCodeAt(at)) return false;
		return true;
	}

	#hold(chunk: Uint8Array): boolean {
		const mine = this.#mine;
		this.#held.push(chunk);
		return this.#act(mine.content(chunk));
	}

	get #mine(): Decision {
		if (this.#decision === null) {
			this.#decision = new Decision(this.#registrations, this.#exchange.method);
			// What it says of these is known: they are to be held.
			if (this.#expected !== null) this.#decision.head(200, this.#expected.fields);
			for (const chunk of this.#held) this.#decision.content(chunk);
		}
		return this.#decision;
	}

	/** Whoever made the response wants its head to go now. */
	flush(): void {
		if (this.#stage === HOLDING && this.#head !== null && this.#expected === null) this.#act(this.#mine.flush());
	}

	/** @returns whether more may be written */
	#act(verdict: Verdict): boolean {
		if (verdict.kind !== 'hold') this.#tell(verdict);
		if (verdict.kind === 'pass' && this.#head?.status === 404) this.#registrations.missed();
		if (verdict.kind !== 'hold' && verdict.kind !== 'fire') this.#registrations.close({ reason: 'replaced' });
		switch (verdict.kind) {
			case 'hold':
				return true;
			case 'pass':
				return this.#pass();
			case 'fire':
				this.#arrived = verdict.made;
				break;
			case 'fail':
				this.#fault = new EscapeFault(
					'ESC-12',
					`A placeholder of an escape arrived, and cannot be run: ${verdict.why}. The client got a 500. Keep middleware that stores or rewrites responses away from those of type application/vnd.rsgi.escape.`,
				);
				// At once: what was put in the place of the placeholder may never end.
				super.respond(500, FAILURE_FIELDS);
				super.end(FAILED);
				break;
			case 'strip':
				this.#send(this.#head as HeldHead, this.added);
				super.end();
				break;
		}
		this.#stage = DROPPING;
		if (this.#held.length > 0) this.#held = [];
		return true;
	}

	get #watched(): boolean {
		return journalOf(this.#exchange) !== null;
	}

	#tell(verdict: Exclude<Verdict, { kind: 'hold' }>): void {
		const journal = journalOf(this.#exchange);
		if (journal === null || this.#head === null) return;
		const { status, fields } = this.#head;
		journal.tell({
			kind: 'decide',
			verdict: verdict.kind === 'fire' ? 'run' : verdict.kind,
			rule: verdict.rule,
			why: verdict.why,
			response: lookOf(status, fields.lines),
			content: this.#decision?.seen ?? (this.#exchange.method === 'HEAD' ? 'none' : 'tag'),
		});
	}

	#pass(): boolean {
		this.#stage = PASSING;
		const head = this.#head as HeldHead;
		const held = this.#held;
		this.#held = [];
		if (this.#exchange.method === 'CONNECT' && head.status < 300) {
			// A 2xx would say that a tunnel is open (RFC 9110 §9.3.6).
			super.respond(501, FAILURE_FIELDS);
			super.end(NO_TUNNEL);
			this.#stage = DROPPING;
			return true;
		}
		this.#send(head, withoutResidue(head.fields.lines));
		let more = true;
		for (const chunk of held) more = super.write(chunk);
		return more;
	}

	/** @param kept what of its fields is sent */
	#send({ status, fields, reason }: HeldHead, kept: Fields): void {
		super.respond(status, settleTag(status, kept, fields, this.#exchange.fields), reason);
	}
}
