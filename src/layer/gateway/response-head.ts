/** What `startResponse` has been told, and the order in which it may be told it (GATE-7 to GATE-10). */
import { described } from '../../rich/described.ts';
import { Misuse } from '../../wire/fault.ts';
import { type ByteString, isByteString } from './byte-string.ts';
import type { ExcInfo, FieldPairs } from './start-response.ts';

/** The head of one response, until it is sent. Whoever offers a `startResponse` keeps one of these behind it. */
export class ResponseHead {
	/** Whether it is too late to replace it. Set by the owner, when it sends or hands on the head. */
	sent = false;
	#status: ByteString | null = null;
	#fields: FieldPairs = [];

	/** Whether `startResponse` has been called. */
	get started(): boolean {
		return this.#status !== null;
	}

	/**
	 * The status line.
	 * @throws Misuse when `startResponse` has not been called (GATE-10)
	 */
	get status(): ByteString {
		if (this.#status === null) throw notStarted();
		return this.#status;
	}

	/** The field lines, as they were given. */
	get fields(): FieldPairs {
		return this.#fields;
	}

	/**
	 * A call of `startResponse`.
	 * @throws Misuse, or the error of `excInfo` when the head was sent
	 */
	start(status: ByteString, fields: FieldPairs, excInfo?: ExcInfo | null): void {
		if (excInfo !== undefined && excInfo !== null) {
			if (this.sent) throw excInfo.error;
		} else if (this.#status !== null) {
			throw startedTwice();
		}
		requireHead(status, fields);
		this.#status = status;
		this.#fields = fields;
	}
}

/** What a call without `excInfo` after another is told. */
export function startedTwice(): Misuse {
	return new Misuse(
		'GATE-7',
		'startResponse() was called twice: to replace a response because of an error, give it as { error }.',
	);
}

/** What an application is told that gives a block, or ends, too early. */
export function notStarted(): Misuse {
	return new Misuse(
		'GATE-10',
		'The application gave a block, or ended, and had not called startResponse(status, fields): call it before.',
	);
}

/**
 * Checks that a status and field lines are byte strings; what they say is checked by whoever sends them.
 * @throws Misuse (GATE-9)
 */
export function requireHead(status: unknown, fields: unknown): void {
	if (!isByteString(status)) {
		throw new Misuse('GATE-9', `The status is a byte string, as bytes('200 OK'), not ${notBytes(status)}.`);
	}
	if (!Array.isArray(fields)) {
		throw new Misuse('GATE-9', `Field lines are an array of [name, value], not ${described(fields)}.`);
	}
	for (const pair of fields as unknown[]) {
		if (!Array.isArray(pair) || pair.length !== 2) {
			throw new Misuse('GATE-9', `A field line is [name, value], not ${described(pair)}.`);
		}
		for (const part of pair as unknown[]) {
			if (!isByteString(part)) {
				throw new Misuse('GATE-9', `Names and values of fields are byte strings, by bytes(), not ${notBytes(part)}.`);
			}
		}
	}
}

function notBytes(value: unknown): string {
	return typeof value === 'string' ? 'text with characters above U+00FF' : described(value);
}
