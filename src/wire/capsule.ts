/** The Capsule Protocol (RFC 9297 §3.2): a type, a length, and as many bytes. */

/** The type of a capsule that is an HTTP Datagram (RFC 9297 §3.5). */
export const DATAGRAM = 0;

/** One capsule. */
export interface WireCapsule {
	readonly type: number;
	readonly data: Uint8Array;
}

/** What is done with a capsule, when its head is known: it is taken, or passed over as it comes. */
export type CapsuleChoice = (type: number, length: number) => boolean;

/** Takes capsules out of a stream of bytes. What is not wanted is not kept. */
export class CapsuleReader {
	readonly #wanted: CapsuleChoice;
	readonly #ready: WireCapsule[] = [];
	/** The octets of a head that has not come whole; it has 16 at most. */
	readonly #head: number[] = [];
	#type = 0;
	/** How much of the data is still to come; -1 in the head. */
	#missing = -1;
	/** What has come of the data; null where it is passed over. */
	#parts: Uint8Array[] | null = null;
	#length = 0;

	constructor(wanted: CapsuleChoice) {
		this.#wanted = wanted;
	}

	/** Takes bytes as they come. What `wanted` throws is thrown. */
	push(bytes: Uint8Array): void {
		let at = 0;
		while (at < bytes.length) {
			if (this.#missing < 0) {
				this.#head.push(bytes[at++] as number);
				this.#begin();
				continue;
			}
			const part = bytes.subarray(at, at + this.#missing);
			at += part.length;
			this.#missing -= part.length;
			this.#parts?.push(part);
			if (this.#missing === 0) this.#finish();
		}
	}

	/** The next capsule that has come whole, or null. */
	next(): WireCapsule | null {
		return this.#ready.shift() ?? null;
	}

	/** Whether the bytes so far end with a capsule. */
	get whole(): boolean {
		return this.#missing < 0 && this.#head.length === 0;
	}

	#begin(): void {
		const head = this.#head;
		const typeSize = varintSize(head[0] as number);
		if (head.length <= typeSize) return;
		const lengthSize = varintSize(head[typeSize] as number);
		if (head.length < typeSize + lengthSize) return;
		this.#type = varint(head, 0, typeSize);
		this.#length = varint(head, typeSize, lengthSize);
		head.length = 0;
		this.#parts = this.#wanted(this.#type, this.#length) ? [] : null;
		this.#missing = this.#length;
		if (this.#missing === 0) this.#finish();
	}

	#finish(): void {
		const parts = this.#parts;
		this.#parts = null;
		this.#missing = -1;
		if (parts !== null) this.#ready.push({ type: this.#type, data: joined(parts, this.#length) });
	}
}

/** A capsule as bytes. Type and length are integers of 0 to 2^53-1. */
export function capsuleBytes(type: number, data: Uint8Array): Uint8Array {
	const head: number[] = [];
	putVarint(head, type);
	putVarint(head, data.length);
	const bytes = new Uint8Array(head.length + data.length);
	bytes.set(head);
	bytes.set(data, head.length);
	return bytes;
}

/** RFC 9000 §16: the first two bits say how many octets there are. */
function varintSize(first: number): number {
	return 1 << (first >> 6);
}

function varint(octets: readonly number[], from: number, size: number): number {
	let value = (octets[from] as number) & 0x3f;
	for (let at = from + 1; at < from + size; at++) value = value * 256 + (octets[at] as number);
	return value;
}

function putVarint(octets: number[], value: number): void {
	const size = value < 0x40 ? 1 : value < 0x4000 ? 2 : value < 0x4000_0000 ? 4 : 8;
	const marks = [0, 0, 0x40, 0, 0x80, 0, 0, 0, 0xc0];
	const from = octets.length;
	let rest = value;
	for (let at = from + size - 1; at >= from; at--) {
		octets[at] = rest % 256;
		rest = Math.floor(rest / 256);
	}
	octets[from] = (octets[from] as number) | (marks[size] as number);
}

function joined(parts: readonly Uint8Array[], length: number): Uint8Array {
	const whole = new Uint8Array(length);
	let at = 0;
	for (const part of parts) {
		whole.set(part, at);
		at += part.length;
	}
	return whole;
}
