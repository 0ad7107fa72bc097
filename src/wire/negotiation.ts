/** What a client prefers of what there is (RFC 9110 §12): codings by Accept-Encoding, media types by Accept. */
import { listParts } from './list-parts.ts';

/** A member of a list with its weight. */
interface Weighted {
	/** In lower case: `gzip`, `text/html`, `*`. */
	readonly name: string;
	/** From 0, not acceptable, to 1. */
	readonly weight: number;
}

/** RFC 9110 §12.4.2. */
const QVALUE = /^(?:0(?:\.\d{0,3})?|1(?:\.0{0,3})?)$/;

/** No honest client lists so many; what stands behind them is not looked at. */
const MEMBERS_MAX = 64;

/** The members of a list with weights, in their order. Members whose weight is malformed are left out. */
function weightedList(value: string): Weighted[] {
	const found: Weighted[] = [];
	for (const member of listParts(value, ',').slice(0, MEMBERS_MAX)) {
		const [name = '', ...parameters] = listParts(member, ';');
		const q = parameters.find((parameter) => /^q=/i.test(parameter))?.slice('q='.length);
		if (name === '' || (q !== undefined && !QVALUE.test(q))) continue;
		found.push({ name: name.toLowerCase(), weight: q === undefined ? 1 : Number(q) });
	}
	return found;
}

/**
 * The content coding to send (RFC 9110 §12.5.3).
 * @param accept the combined value of Accept-Encoding, or null without one
 * @param offered the codings there are, what the server prefers first; in lower case
 * @returns null for none: the client takes none of them, or would rather have the content as it is
 */
export function chosenCoding(accept: string | null, offered: readonly string[]): string | null {
	if (accept === null) return null;
	const asked = weightedList(accept);
	const weightOf = (name: string): number | undefined => asked.find((member) => member.name === name)?.weight;
	const others = weightOf('*');
	let best: string | null = null;
	// To be preferred to a coding, identity must have been named: that it is always acceptable says nothing of liking it.
	let bestWeight = 0;
	for (const coding of offered) {
		// `x-gzip` is another name of gzip (RFC 9110 §8.4.1.3).
		const weight = weightOf(coding) ?? (coding === 'gzip' ? weightOf('x-gzip') : undefined) ?? others ?? 0;
		if (weight > bestWeight) {
			best = coding;
			bestWeight = weight;
		}
	}
	return (weightOf('identity') ?? 0) > bestWeight ? null : best;
}

/**
 * The media type to send (RFC 9110 §12.5.1): the heaviest by the most particular range that names it.
 * @param accept the combined value of Accept, or null without one
 * @param offered the types there are, what the server prefers first; in lower case
 * @returns the first of them also when the client takes none: any answer is better than none where there is an error to tell
 */
export function chosenType(accept: string | null, offered: readonly [string, ...string[]]): string {
	if (accept === null) return offered[0];
	const asked = weightedList(accept);
	let best = offered[0];
	let bestWeight = 0;
	for (const type of offered) {
		const weight = typeWeight(asked, type);
		if (weight > bestWeight) {
			best = type;
			bestWeight = weight;
		}
	}
	return best;
}

function typeWeight(asked: readonly Weighted[], type: string): number {
	for (const range of [type, `${type.slice(0, type.indexOf('/'))}/*`, '*/*']) {
		const member = asked.find(({ name }) => name === range);
		if (member !== undefined) return member.weight;
	}
	return 0;
}
