/** The placeholder: the response that stands for a rich application until it reaches the origin. */
import type { FieldLines } from '../wire/fields.ts';
import { holdsTag, TAG_LENGTH } from './tag.ts';

const MEDIA_TYPE = 'application/vnd.rsgi.escape';
/** What a placeholder's Content-Type has before its tag. */
const PARAMETER = `${MEDIA_TYPE}; id=`;
const LENGTH = String(TAG_LENGTH);
const CACHE_CONTROL = 'no-store, no-transform';

/** What a registration gives: a whole response of status 200, for the layer to put in its own terms (ESC-3). */
export interface Placeholder {
	/** The field lines, flat: not to be changed. */
	readonly fields: FieldLines;
	/** The whole content, made anew for whoever asks. */
	readonly content: Uint8Array;
	/** The content as text. */
	readonly tag: string;
}

/** The field lines of the placeholder of a tag: sorted, as Headers have them. */
export function placeholderLines(tag: string): FieldLines {
	// biome-ignore format: lines of two
	return [
		'cache-control', CACHE_CONTROL,
		'content-length', LENGTH,
		'content-type', PARAMETER + tag,
	];
}

/** Whether a Content-Type is that of a placeholder, whatever else has got into it: parameters, other values, other case. */
export function isPlaceholderType(value: string): boolean {
	if (value.length < MEDIA_TYPE.length) return false;
	return value.startsWith(MEDIA_TYPE) || value.toLowerCase().includes(MEDIA_TYPE);
}

/** Whether a head is that of a placeholder. For what has registered nothing this is all that an escape costs. */
export function isPlaceholderHead(lines: FieldLines): boolean {
	for (let at = 0; at < lines.length; at += 2) {
		const name = lines[at] as string;
		if (name.length === 12 && isPlaceholderType(lines[at + 1] as string) && name.toLowerCase() === 'content-type') {
			return true;
		}
	}
	return false;
}

/** Where the lines of a placeholder have its Content-Type. */
const TYPE = 5;

/**
 * Whether a head has the Content-Type of a placeholder as it was made, once, and nothing that says something else of its content.
 * Of what it says no to, it may still be the placeholder's.
 * @param made the lines of the placeholder
 */
export function isMadeHead(lines: FieldLines, made: FieldLines): boolean {
	let types = 0;
	for (let at = 0; at < lines.length; at += 2) {
		const name = lines[at] as string;
		const value = lines[at + 1] as string;
		if (name.length === 12 && name.toLowerCase() === 'content-type') {
			if (value !== made[TYPE]) return false;
			types++;
		} else if (name.length === 14 && name.toLowerCase() === 'content-length') {
			if (value !== LENGTH) return false;
		} else if (name.length === 16 && name.toLowerCase() === 'content-encoding') {
			return false;
		}
	}
	return types === 1;
}

/** The tag that a Content-Type tells; null when there is none, or more than one. */
export function tagIn(value: string): string | null {
	// As it was made, but for what nobody can have added without making it longer.
	if (
		value.length === PARAMETER.length + TAG_LENGTH &&
		value.startsWith(PARAMETER) &&
		!/[A-Z;,]/.test(value.slice(-TAG_LENGTH))
	) {
		return value.slice(-TAG_LENGTH);
	}
	let found: string | null = null;
	for (const [, tag = ''] of value.toLowerCase().matchAll(/;[\t ]*id[\t ]*=[\t ]*"?([^\t ",;]*)/g)) {
		if (found !== null && found !== tag) return null;
		found = tag;
	}
	return found;
}

/** Whether a field is one that the placeholder itself has brought, exactly as it did, or that its tag has been copied to (ESC-17). */
export function isResidue(lowerCaseName: string, value: string): boolean {
	if (lowerCaseName === 'content-length') return value === LENGTH;
	if (lowerCaseName === 'cache-control') return value === CACHE_CONTROL;
	return (lowerCaseName === 'content-type' && isPlaceholderType(value)) || holdsTag(value);
}
