/** What one exchange has registered: rich applications by their tags, each of which fires once at most. */
import type { Discarded, EscapeOptions } from '../layer/escape-options.ts';
import { type RichApp, requireRich } from '../rich/app.ts';
import { described } from '../rich/described.ts';
import type { Journal } from '../rich/journal.ts';
import { isThenable } from '../rich/thenable.ts';
import { Misuse } from '../wire/fault.ts';
import type { FieldLines } from '../wire/fields.ts';
import { utf8 } from '../wire/utf8.ts';
import { EscapeFault } from './escape-fault.ts';
import { isMadeHead, type Placeholder, placeholderLines } from './placeholder.ts';
import { mintTag } from './tag.ts';

/** How many may be registered in one exchange: a page of many parts needs some, a loop that has gone wrong has no end. */
const REGISTRATIONS_MAX = 1024;

/** The hint has been given: once in a process, since whoever has got it knows. */
let hasHinted = false;

/** A rich application that waits for its placeholder, and that placeholder. */
export class Registration implements Placeholder {
	readonly app: RichApp;
	readonly options: EscapeOptions;
	#tag: string | null = null;
	#fields: FieldLines | null = null;

	constructor(app: RichApp, options: EscapeOptions) {
		this.app = app;
		this.options = options;
	}

	/** Minted for whoever asks: many placeholders come back as they went, and nobody has asked what they say. */
	get tag(): string {
		this.#tag ??= mintTag();
		return this.#tag;
	}

	get fields(): FieldLines {
		this.#fields ??= placeholderLines(this.tag);
		return this.#fields;
	}

	get content(): Uint8Array {
		return utf8(this.tag);
	}

	/** Whether this is its tag. What nobody has asked for, nobody can have. */
	has(tag: string): boolean {
		return this.#tag === tag;
	}

	/** Whether a head is the placeholder's, as it was made, but for fields that were added: then only the content has to be compared. */
	begins(lines: FieldLines): boolean {
		const fields = this.#fields;
		return fields !== null && (lines === fields || isMadeHead(lines, fields));
	}
}

const NONE: readonly Registration[] = [];

/** The registrations of one exchange. */
export class Registrations {
	/** In their order. Nearly always there is one. */
	#waiting: readonly Registration[] = NONE;
	readonly #failed: (error: unknown) => void;
	readonly #journal: Journal | null;
	#count = 0;
	#over = false;
	/** What `discarded` callbacks have promised. */
	#telling: Promise<unknown> | null = null;

	/**
	 * @param failed told what a `discarded` callback threw, or its promise was rejected with
	 * @param journal told what is registered, and what is not run
	 */
	constructor(failed: (error: unknown) => void, journal: Journal | null = null) {
		this.#failed = failed;
		this.#journal = journal;
	}

	/** Whether the exchange, or the time to register, is over. */
	get over(): boolean {
		return this.#over;
	}

	/** Whether a placeholder may still arrive. */
	get live(): boolean {
		return this.#waiting.length > 0;
	}

	/**
	 * @throws Misuse for what is no rich application (RICH-3), options that are none (ESC-6), or too many (ESC-7)
	 */
	add(app: RichApp, options: EscapeOptions): Placeholder {
		requireRich(app, 'An escape');
		requireOptions(options);
		if (this.#waiting.length >= REGISTRATIONS_MAX) {
			throw new Misuse(
				'ESC-7',
				`More than ${REGISTRATIONS_MAX} rich applications were registered in one exchange, and one at most can be run: register when the response is made, not before.`,
			);
		}
		const registration = new Registration(app, options);
		if (this.#waiting === NONE) this.#waiting = [registration];
		else (this.#waiting as Registration[]).push(registration);
		this.#journal?.tell({ kind: 'escape', number: ++this.#count, content: options.content ?? 'any' });
		return registration;
	}

	/** The registration of a tag, if it lives. */
	get(tag: string): Registration | null {
		for (const one of this.#waiting) if (one.has(tag)) return one;
		return null;
	}

	/** The registration of a placeholder that has begun as it was made, if it lives: the one made last, as nearly always. */
	begunBy(lines: FieldLines): Registration | null {
		const last = this.#waiting.at(-1);
		return last?.begins(lines) === true ? last : null;
	}

	/** Whether something is one of these, and lives. */
	isLive(made: object | null): made is Registration {
		return this.#waiting.includes(made as Registration);
	}

	/** It is going to be run: once. */
	take(registration: Registration): void {
		if (this.#waiting.length === 1) this.#waiting = NONE;
		else this.#waiting = this.#waiting.filter((one) => one !== registration);
	}

	/** Fulfilled when the `discarded` callbacks have settled; null where none has given a promise. */
	get telling(): Promise<unknown> | null {
		return this.#telling;
	}

	#watch(told: PromiseLike<unknown>): void {
		this.#telling = Promise.all([this.#telling, told.then(undefined, this.#failed)]);
	}

	/** A 404 came, and nothing of a placeholder: as frameworks answer for a handler that has returned nothing (ESC-28). */
	missed(): void {
		// Whoever wants to hear that it is discarded will.
		const isUnexpected = this.#waiting.some(({ options }) => options.discarded === undefined);
		if (hasHinted || !isUnexpected) return;
		hasHinted = true;
		this.#failed(
			new EscapeFault(
				'ESC-28',
				'A handler called escape(), and the answer is a 404 that is no placeholder: is there a return missing? Write return escape(request, app), or (c) => escape(c.req.raw, app). If the 404 is meant, give the option discarded. This is said once.',
			),
		);
	}

	/** Discards all that is left, and takes no more. */
	close(why: Discarded): void {
		this.#over = true;
		const waiting = this.#waiting;
		if (waiting.length === 0) return;
		this.#waiting = NONE;
		this.#journal?.tell({ kind: 'discard', count: waiting.length, reason: why.reason });
		for (const { options } of waiting) {
			try {
				const told: unknown = options.discarded?.(why);
				if (isThenable(told)) this.#watch(told);
			} catch (error) {
				this.#failed(error);
			}
		}
	}
}

function requireOptions(options: unknown): void {
	const given = options as EscapeOptions;
	if (typeof options !== 'object' || options === null) {
		throw new Misuse('ESC-6', `The options of an escape are an object, not ${described(options)}.`);
	}
	if (given.content !== undefined && given.content !== 'any' && given.content !== 'whole') {
		throw new Misuse('ESC-6', `The option content is 'any' or 'whole', not ${described(given.content)}.`);
	}
	if (given.discarded !== undefined && typeof given.discarded !== 'function') {
		throw new Misuse('ESC-6', `The option discarded is a function, not ${described(given.discarded)}.`);
	}
}
