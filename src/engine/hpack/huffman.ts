/** The Huffman code of appendix B, both ways (RFC 7541 §5.2). */
import { latin1Decode } from '../../wire/latin1.ts';
import type { Output } from '../../wire/output.ts';

/** Bits of the code of each octet, and of EOS, which is last. The code is canonical: the lengths give the codes. */
// biome-ignore format: a table, sixteen to a line
const LENGTHS: readonly number[] = [
	13, 23, 28, 28, 28, 28, 28, 28, 28, 24, 30, 28, 28, 30, 28, 28,
	28, 28, 28, 28, 28, 28, 30, 28, 28, 28, 28, 28, 28, 28, 28, 28,
	6, 10, 10, 12, 13, 6, 8, 11, 10, 10, 8, 11, 8, 6, 6, 6,
	5, 5, 5, 6, 6, 6, 6, 6, 6, 6, 7, 8, 15, 6, 12, 10,
	13, 6, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7,
	7, 7, 7, 7, 7, 7, 7, 7, 8, 7, 8, 13, 19, 13, 14, 6,
	15, 5, 6, 5, 6, 5, 6, 6, 6, 5, 7, 7, 6, 6, 6, 5,
	6, 7, 6, 5, 5, 6, 7, 7, 7, 7, 7, 15, 11, 14, 13, 28,
	20, 22, 20, 20, 22, 22, 22, 23, 22, 23, 23, 23, 23, 23, 24, 23,
	24, 24, 22, 23, 24, 23, 23, 23, 23, 21, 22, 23, 22, 23, 23, 24,
	22, 21, 20, 22, 22, 23, 23, 21, 23, 22, 22, 24, 21, 22, 23, 23,
	21, 21, 22, 21, 23, 22, 23, 23, 20, 22, 22, 22, 23, 22, 22, 23,
	26, 26, 20, 19, 22, 23, 22, 25, 26, 26, 26, 27, 27, 26, 24, 25,
	19, 21, 26, 27, 27, 26, 27, 24, 21, 21, 26, 26, 28, 27, 27, 27,
	20, 24, 20, 21, 22, 21, 21, 23, 22, 22, 25, 25, 24, 24, 26, 23,
	26, 27, 26, 26, 27, 27, 27, 27, 27, 28, 27, 27, 27, 27, 27, 26,
	30,
];

const EOS = 256;

/** The code of each octet and of EOS, in the low bits. */
const CODES: readonly number[] = canonicalCodes(LENGTHS);

const LENGTH_OF_OCTET: Uint8Array = Uint8Array.from(LENGTHS.slice(0, EOS));
const CODE_OF_OCTET: Uint32Array = Uint32Array.from(CODES.slice(0, EOS));

/** Codes of a length are consecutive, in the order of the symbols, and follow those that are shorter. */
function canonicalCodes(lengths: readonly number[]): number[] {
	const codes = new Array<number>(lengths.length).fill(0);
	const symbols = codes.map((_, symbol) => symbol).sort((a, b) => lengthOf(a) - lengthOf(b) || a - b);
	let code = 0;
	let length = 0;
	for (const symbol of symbols) {
		code *= 2 ** (lengthOf(symbol) - length);
		length = lengthOf(symbol);
		codes[symbol] = code++;
	}
	return codes;

	function lengthOf(symbol: number): number {
		return lengths[symbol] as number;
	}
}

/*
 * The decoder is a state machine that takes an octet at a time. A state is an inner node of the code's tree: the bits of
 * an unfinished symbol. As no code is shorter than 5 bits, an octet finishes two symbols at most. A step, in 32 bits:
 */
/** The low 8 bits: the next state. */
const STEP_STATE = 0xff;
/** 2 bits: how many symbols the octet finished. */
const STEP_COUNT_SHIFT = 8;
/** EOS was finished, which is an error; the steps that follow make no sense. */
const STEP_EOS = 1 << 10;
/** 8 bits each: the symbols. */
const STEP_FIRST_SHIFT = 16;
const STEP_SECOND_SHIFT = 24;

/** The states at which a string may end: nothing pending, or up to 7 bits that begin EOS (RFC 7541 §5.2). */
const FINAL: Uint8Array = new Uint8Array(256);
const STEPS: Uint32Array = stateMachine();

function stateMachine(): Uint32Array {
	// Two children to a node: at least 0 for an inner node, ~symbol for a leaf.
	const children: number[] = [0, 0];
	for (let symbol = 0; symbol <= EOS; symbol++) {
		let node = 0;
		for (let bit = (LENGTHS[symbol] as number) - 1; bit >= 0; bit--) {
			const slot = node * 2 + (((CODES[symbol] as number) >>> bit) & 1);
			if (bit === 0) {
				children[slot] = ~symbol;
			} else {
				// The root is no node's child, so 0 is a child that has not been made yet.
				if (children[slot] === 0) children[slot] = children.push(0, 0) / 2 - 1;
				node = children[slot] as number;
			}
		}
	}

	const steps = new Uint32Array(256 * 256);
	for (let state = 0; state < 256; state++) {
		for (let octet = 0; octet < 256; octet++) steps[state * 256 + octet] = step(children, state, octet);
	}
	for (let node = 0, ones = 0; ones < 8; ones++) {
		FINAL[node] = 1;
		node = children[node * 2 + 1] as number;
	}
	return steps;
}

function step(children: readonly number[], state: number, octet: number): number {
	let node = state;
	let count = 0;
	let symbols = 0;
	for (let bit = 7; bit >= 0; bit--) {
		const child = children[node * 2 + ((octet >>> bit) & 1)] as number;
		if (child >= 0) {
			node = child;
			continue;
		}
		if (~child === EOS) return STEP_EOS;
		symbols |= ~child << (count === 0 ? STEP_FIRST_SHIFT : STEP_SECOND_SHIFT);
		count++;
		node = 0;
	}
	return symbols | (count << STEP_COUNT_SHIFT) | node;
}

/** Decoded octets go here on their way to a string. Only longer strings than usual get memory of their own. */
const SCRATCH: Uint8Array = new Uint8Array(8192);

/** The string that the octets encode, or null when their end is not proper padding, or EOS is among them. */
export function decodeHuffman(bytes: Uint8Array, start: number, end: number): string | null {
	// 5 bits to a symbol at the least; a step writes two, whether or not it finished two.
	const room = Math.ceil(((end - start) * 8) / 5) + 2;
	const scratch = room <= SCRATCH.length ? SCRATCH : new Uint8Array(room);
	let length = 0;
	let state = 0;
	let seen = 0;
	for (let at = start; at < end; at++) {
		const found = STEPS[(state << 8) | (bytes[at] as number)] as number;
		scratch[length] = found >>> STEP_FIRST_SHIFT;
		scratch[length + 1] = found >>> STEP_SECOND_SHIFT;
		length += (found >>> STEP_COUNT_SHIFT) & 3;
		state = found & STEP_STATE;
		seen |= found;
	}
	if ((seen & STEP_EOS) !== 0 || FINAL[state] !== 1) return null;
	return latin1Decode(scratch, 0, length);
}

/** How many octets the latin-1 string takes in the Huffman code. */
export function huffmanLength(text: string): number {
	let bits = 0;
	for (let i = 0; i < text.length; i++) bits += LENGTH_OF_OCTET[text.charCodeAt(i) & 0xff] as number;
	// Divided, not shifted: a string can be long enough for its bits to pass 31 bits.
	return Math.ceil(bits / 8);
}

/** Writes the latin-1 string in the Huffman code; room for {@link huffmanLength} octets must have been reserved. */
export function writeHuffman(out: Output, text: string): void {
	const bytes = out.bytes;
	let at = out.at;
	let pending = 0;
	let count = 0;
	for (let i = 0; i < text.length; i++) {
		const octet = text.charCodeAt(i) & 0xff;
		let code = CODE_OF_OCTET[octet] as number;
		let length = LENGTH_OF_OCTET[octet] as number;
		if (length > 24) {
			// Up to 7 bits are pending, and 30 more would not fit in 32: the upper ones go first.
			length -= 16;
			pending = (pending << length) | (code >>> 16);
			for (count += length; count >= 8; count -= 8) bytes[at++] = pending >>> (count - 8);
			code &= 0xffff;
			length = 16;
		}
		pending = (pending << length) | code;
		for (count += length; count >= 8; count -= 8) bytes[at++] = pending >>> (count - 8);
	}
	// Padding is the upper bits of EOS, which is all ones.
	if (count > 0) bytes[at++] = (pending << (8 - count)) | (0xff >>> count);
	out.at = at;
}
