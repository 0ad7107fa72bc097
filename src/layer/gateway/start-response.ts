/** How an application begins its response: the types of `startResponse` and of what it takes and gives. */
import type { ByteString } from './byte-string.ts';

/** A field line: name and value. */
export type FieldPair = readonly [name: ByteString, value: ByteString];

/** Field lines in order, duplicates kept. */
export type FieldPairs = readonly FieldPair[];

/** What was caught: that a response replaces the one before, because of this error. */
export interface ExcInfo {
	/** Whatever was thrown. */
	readonly error: unknown;
}

/**
 * Sends a block before all blocks of the body. For code that cannot be turned into an iterable.
 * @returns a promise that is fulfilled when more may be written; it rejects when the exchange has ended, and once the body
 * is being iterated
 */
export type Write = (block: Uint8Array) => Promise<void>;

/**
 * Begins the response; it is sent with the first block that is not empty, or at the end.
 *
 * @param status three digits, a space and the reason phrase: `bytes('200 OK')`
 * @param fields the field lines, in the order in which they shall go
 * @param excInfo what was caught: with it, a second call replaces the response
 * @throws Misuse for a second call without `excInfo` (GATE-7) and for what are no byte strings (GATE-9)
 * @throws the error of `excInfo`, when the response has been sent already (GATE-8)
 */
export type StartResponse = (status: ByteString, fields: FieldPairs, excInfo?: ExcInfo | null) => Write;
