/** From a text response head to byte strings and back (TEXT-9). */
import { described } from '../../rich/described.ts';
import { Misuse } from '../../wire/fault.ts';
import { type ByteString, isByteString } from '../gateway/byte-string.ts';
import type { FieldPairs } from '../gateway/start-response.ts';
import type { TextFieldPairs } from './start-response.ts';

/**
 * The status line as octets.
 * @throws Misuse for a character above U+00FF (TEXT-9)
 */
export function encodeStatus(status: string): ByteString {
	if (isByteString(status)) return status;
	throw refused('The status line', status);
}

/**
 * Field lines as octets. The same array when all is well: latin-1 text has the form of a byte string already.
 * @throws Misuse for a character above U+00FF (TEXT-9)
 */
export function encodeFields(fields: TextFieldPairs): FieldPairs {
	if (!Array.isArray(fields)) {
		throw new Misuse('TEXT-9', `Field lines are an array of [name, value], not ${described(fields)}.`);
	}
	for (const pair of fields as unknown[]) {
		if (!Array.isArray(pair) || pair.length !== 2) {
			throw new Misuse('TEXT-9', `A field line is [name, value], not ${described(pair)}.`);
		}
		const [name, value] = pair as [unknown, unknown];
		if (!isByteString(name)) throw refused('A field name', name);
		if (!isByteString(value)) throw refused(`The value of ${name as unknown as string}`, value);
	}
	return fields as unknown as FieldPairs;
}

/** The status line as text. */
export function decodeStatus(status: ByteString): string {
	return status as unknown as string;
}

/** Field lines as text: the same array. */
export function decodeFields(fields: FieldPairs): TextFieldPairs {
	return fields as unknown as TextFieldPairs;
}

function refused(what: string, value: unknown): Misuse {
	if (typeof value !== 'string') return new Misuse('TEXT-9', `${what} is a string, not ${described(value)}.`);
	return new Misuse(
		'TEXT-9',
		`${what} is sent as latin-1, and it has characters above U+00FF: percent-encode them, as encodeURIComponent() and RFC 8187 do.`,
	);
}
