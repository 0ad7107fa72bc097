/**
 * Whether a response is a placeholder: the head and then the content go in, and a verdict comes out as soon as it is certain.
 * The rules ESC-10 to ESC-14 in one place. It holds the few octets that may be a tag, and sends nothing.
 */
import type { ContentLook } from '../rich/journal.ts';
import type { FieldLines } from '../wire/fields.ts';
import { latin1Decode } from '../wire/latin1.ts';
import { CODED_MAX, decodedTag } from './coded-tag.ts';
import { isPlaceholderType, tagIn } from './placeholder.ts';
import type { Registration, Registrations } from './registrations.ts';
import { mayBeTag, TAG_LENGTH } from './tag.ts';

/** What is certain of a response. */
export type Verdict =
	/** Nothing yet: keep it back. */
	| { readonly kind: 'hold' }
	/** It is no placeholder: send it. */
	| { readonly kind: 'pass'; readonly rule: string; readonly why: string }
	/** Its status has been changed: send status and added fields, and no content. */
	| { readonly kind: 'strip'; readonly rule: string; readonly why: string }
	/** It must not be sent, and nothing can be run for it. */
	| { readonly kind: 'fail'; readonly rule: string; readonly why: string }
	/** It is the placeholder of this, which lives. */
	| { readonly kind: 'fire'; readonly rule: string; readonly why: string; readonly made: Registration };

const HOLD: Verdict = { kind: 'hold' };
const PASS: Verdict = { kind: 'pass', rule: 'ESC-11', why: 'it is no placeholder' };
const DEAD: Verdict = {
	kind: 'pass',
	rule: 'ESC-14',
	why: 'what begins as a tag goes on: in longer content a tag is dead',
};
const STRIP: Verdict = { kind: 'strip', rule: 'ESC-13', why: 'its status has been changed' };

const CUT: Verdict = { kind: 'fail', rule: 'ESC-12', why: 'a range was cut out of it' };

/** What is certain of a placeholder that has come as it was made. */
export function asMade(made: Registration, method: string): Verdict {
	return method === 'HEAD' ? byType(made) : byBoth(made);
}

function byType(made: Registration): Verdict {
	return fire('ESC-10 (b)', 'to HEAD its Content-Type is enough', made);
}

function byBoth(made: Registration): Verdict {
	return fire('ESC-10 (a)', 'its Content-Type and its whole content carry the same live tag', made);
}

/** Decides on one response. */
export class Decision {
	readonly #registrations: Registrations;
	readonly #isHead: boolean;
	#status = 0;
	/** The Content-Type is a placeholder's. */
	#marked = false;
	/** What has the tag that the Content-Type tells. */
	#made: Registration | null = null;
	/** The coding of the content, or empty. */
	#coding = '';
	#held = new Uint8Array(TAG_LENGTH);
	#length = 0;
	#seen: ContentLook = 'unseen';

	/** @param method that of the request: to HEAD there is no content to compare */
	constructor(registrations: Registrations, method: string) {
		this.#registrations = registrations;
		this.#isHead = method === 'HEAD';
	}

	/** The head of the response. */
	head(status: number, lines: FieldLines): Verdict {
		this.#status = status;
		let type: string | null = null;
		let length: string | null = null;
		for (let at = 0; at < lines.length; at += 2) {
			const name = (lines[at] as string).toLowerCase();
			if (name === 'content-type') type = type === null ? (lines[at + 1] as string) : `${type}, ${lines[at + 1]}`;
			else if (name === 'content-length') length = lines[at + 1] as string;
			else if (name === 'content-encoding') this.#coding += `${this.#coding === '' ? '' : ','}${lines[at + 1]}`;
		}
		this.#marked = type !== null && isPlaceholderType(type);
		if (!this.#marked) return this.#unmarked();
		if (status === 206) return CUT;
		if (status !== 200) return STRIP;
		const tag = tagIn(type as string);
		if (tag === null) return failed('its Content-Type tells no tag, or several');
		const made = this.#registrations.get(tag);
		if (made === null) {
			return failed(
				'its tag is not one of this exchange: a cache has replayed it, another server has sent it, or it has been run',
			);
		}
		// What middleware has put in its place for GET is often gone here, but for its length.
		if (this.#isHead && this.#coding === '' && length !== null && length !== String(TAG_LENGTH))
			return this.#mismatch();
		this.#made = made;
		if (this.#coding !== '') this.#held = new Uint8Array(CODED_MAX);
		return HOLD;
	}

	#unmarked(): Verdict {
		if (!this.#registrations.live || this.#isHead) return PASS;
		if (this.#coding !== '') this.#held = new Uint8Array(CODED_MAX);
		return HOLD;
	}

	/** A chunk of the content. Not called any more once a verdict other than `hold` has been given. */
	content(chunk: Uint8Array): Verdict {
		const length = this.#length + chunk.length;
		if (length > this.#held.length) return this.#mismatch(chunk);
		this.#held.set(chunk, this.#length);
		this.#length = length;
		return this.#mayStillBe() ? HOLD : this.#mismatch();
	}

	/** Whether what has come of the content may be the beginning of a tag. What is marked and coded is looked at when it is whole. */
	#mayStillBe(): boolean {
		if (this.#coding === '') return mayBeTag(this.#held, this.#length);
		if (this.#marked) return true;
		const begun = decodedTag(this.#held.subarray(0, this.#length), this.#coding, false);
		return begun !== null && mayBeTag(begun, begun.length);
	}

	/** What has been seen of the content, so far as it was looked at. */
	get seen(): ContentLook {
		return this.#seen;
	}

	/** The end of the content. */
	end(): Verdict {
		const verdict = this.#ended();
		if (this.#length === 0) this.#seen = 'none';
		else if (verdict.kind === 'fire') this.#seen = this.#coding === '' ? 'tag' : 'coded tag';
		else this.#seen = 'other';
		return verdict;
	}

	#ended(): Verdict {
		const made = this.#made;
		const content = this.#held.subarray(0, this.#length);
		const isPlain = this.#coding === '' || (this.#isHead && this.#length === 0);
		const decoded = isPlain ? content : decodedTag(content, this.#coding);
		if (decoded === null) return this.#marked ? failed('its content is coded in a way that gives no tag here') : PASS;
		const found = latin1Decode(decoded, 0, decoded.length);
		if (made !== null) {
			// To HEAD the header is enough; but content that is there must be the placeholder's, or middleware has replaced it.
			if (this.#isHead && (found === '' || made.has(found))) {
				return byType(made);
			}
			if (!made.has(found)) return this.#mismatch();
			return this.#coding === ''
				? byBoth(made)
				: fire('ESC-10 (c)', 'its Content-Type carries a live tag, and its content decodes to the same', made);
		}
		const told = this.#registrations.get(found);
		if (told === null) return PASS;
		if (this.#status === 206) return CUT;
		return this.#status === 200
			? fire('ESC-10 (d)', 'its whole content is a live tag, or decodes to one', told)
			: STRIP;
	}

	/** Whoever sends the response wants what there is of it to go. */
	flush(): Verdict {
		// The head of a placeholder cannot go, whatever anybody wants.
		return this.#marked ? HOLD : PASS;
	}

	/** @param more content that has not been kept, since it is too long for a placeholder's */
	#mismatch(more?: Uint8Array): Verdict {
		this.#seen = 'other';
		if (this.#marked) return failed('its content has been replaced, and its Content-Type has not');
		return more !== undefined && this.#beginsAsTag(more) ? DEAD : PASS;
	}

	#beginsAsTag(more: Uint8Array): boolean {
		if (this.#coding !== '') return false;
		const start = this.#held.slice(0, TAG_LENGTH);
		start.set(more.subarray(0, TAG_LENGTH - this.#length), this.#length);
		return mayBeTag(start, TAG_LENGTH);
	}
}

function failed(why: string): Verdict {
	return { kind: 'fail', rule: 'ESC-12', why };
}

function fire(rule: string, why: string, made: Registration): Verdict {
	return { kind: 'fire', rule, why, made };
}
