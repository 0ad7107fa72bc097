/** What identifies a version of a representation (RFC 9110 §8.8), and how an entity tag is compared with others. */
import { Misuse } from '../wire/fault.ts';
import { httpDate } from './http-date.ts';

/** The validators of one representation at one moment. */
export interface Validators {
	/** The entity tag, as it is sent: `"…"`, or `W/"…"` when it is weak. */
	readonly etag: string;
	/** The last modification in whole seconds, as milliseconds; never later than `now`. */
	readonly modified: number;
	/** The same as it is sent. */
	readonly lastModified: string;
	/** Whether `lastModified` is a strong validator: its second is over (RFC 9110 §8.8.2.2). */
	readonly isDateStrong: boolean;
	/** When this was found, in milliseconds. */
	readonly now: number;
}

/**
 * The validators of a file. Its entity tag is made of size and modification time. A file that was modified less than a
 * second ago may be modified again with the same size at what passes for the same time, so its tag is weak until then.
 *
 * @param etag the application's own entity tag, in place of that
 * @param now the time in milliseconds
 * @throws Misuse when `etag` is not an entity tag; RangeError when `modified` is no date
 */
export function validatorsOf(size: number, modified: Date, etag: string | undefined, now: number): Validators {
	const time = modified.getTime();
	if (Number.isNaN(time)) throw new RangeError('The modification time of a file is a valid Date.');
	if (etag !== undefined && !ENTITY_TAG.test(etag)) {
		throw new Misuse(
			'RFC 9110 §8.8.3',
			`An entity tag is a text in double quotes, with W/ before it if it is weak, not ${etag}.`,
		);
	}
	const isDateStrong = now - time >= 1000;
	const weakness = isDateStrong ? '' : 'W/';
	// A date in the future would be refused by caches: the time of the response stands for it (RFC 9110 §8.8.2.1).
	const seconds = Math.floor(Math.min(time, now) / 1000) * 1000;
	return {
		etag: etag ?? `${weakness}"${size.toString(16)}-${Math.floor(time).toString(16)}"`,
		modified: seconds,
		lastModified: httpDate(seconds),
		isDateStrong,
		now,
	};
}

const ENTITY_TAG = /^(?:W\/)?"[\x21\x23-\x7e\x80-\xff]*"$/;

/** One member of a list of entity tags, with the empty members before it (RFC 9110 §5.6.1.2). */
const TAG_MEMBER = /[ \t,]*((?:W\/)?"[\x21\x23-\x7e\x80-\xff]*")[ \t]*(?:,[ \t,]*|$)/y;

/**
 * Whether one of a list of entity tags is this one. A list that is malformed anywhere holds nothing.
 * @param list the value of If-Match or If-None-Match
 * @param comparison strong: both must be strong; weak: weakness does not matter (RFC 9110 §8.8.3.2)
 */
export function listsTag(list: string, etag: string, comparison: 'strong' | 'weak'): boolean {
	let found = false;
	TAG_MEMBER.lastIndex = 0;
	while (TAG_MEMBER.lastIndex < list.length) {
		const member = TAG_MEMBER.exec(list);
		if (member === null) return false;
		if (
			comparison === 'strong' ? isSameStrong(member[1] as string, etag) : opaque(member[1] as string) === opaque(etag)
		) {
			found = true;
		}
	}
	return found;
}

/** Strong comparison (RFC 9110 §8.8.3.2). */
export function isSameStrong(one: string, other: string): boolean {
	return one === other && !one.startsWith('W/');
}

function opaque(etag: string): string {
	return etag.startsWith('W/') ? etag.slice(2) : etag;
}
