/** What processes tell one another by a broker: whose it is, what it is, and its octets. */

/** What an envelope holds. */
export const Kind = {
	TEXT: 0,
	BINARY: 1,
	/** How many subscribers the sender has, as four octets. */
	COUNT: 2,
	/** The same, and the others are asked for theirs. */
	ASK: 3,
} as const;

/** Octets of the sender's name. */
const ID = 16;
const HEAD = ID + 1;

/** A name of its own for each process. */
export function senderId(): Uint8Array {
	return crypto.getRandomValues(new Uint8Array(ID));
}

export interface Envelope {
	readonly kind: number;
	/** The sender's name, as a key. */
	readonly from: string;
	readonly payload: Uint8Array;
}

export function seal(id: Uint8Array, kind: number, payload: Uint8Array): Uint8Array {
	const sealed = new Uint8Array(HEAD + payload.length);
	sealed.set(id);
	sealed[ID] = kind;
	sealed.set(payload, HEAD);
	return sealed;
}

/** Null for what no process of ours has sent. */
export function unseal(sealed: Uint8Array): Envelope | null {
	const kind = sealed[ID];
	if (kind === undefined || kind > Kind.ASK) return null;
	if (kind >= Kind.COUNT && sealed.length !== HEAD + 4) return null;
	return { kind, from: keyOf(sealed), payload: sealed.subarray(HEAD) };
}

export function keyOf(id: Uint8Array): string {
	return String.fromCharCode(...id.subarray(0, ID));
}

export function countOctets(count: number): Uint8Array {
	return Uint8Array.of(count >>> 24, count >>> 16, count >>> 8, count);
}

export function countOf(octets: Uint8Array): number {
	return new DataView(octets.buffer, octets.byteOffset, 4).getUint32(0);
}
