/** Whether what leaves a server has a tag of an escape in it: as text, or in the Huffman code of HPACK at whatever bit. */
import { writeHuffman } from '../../../src/engine/hpack/huffman.ts';
import type { Output } from '../../../src/wire/output.ts';

/** What every tag begins with, and what the Content-Type of every placeholder has in it. */
const MARKS = ['rsgi-escape-', 'vnd.rsgi.escape; id='];

/** The Huffman code of each mark, for each of the bits of an octet that it may begin at. */
const CODED: readonly Buffer[] = MARKS.flatMap((mark) => Array.from({ length: 8 }, (_, bit) => codedFrom(mark, bit)));

/** How far a mark may reach into the write behind the one that it begins in, and more. */
const TAIL = 32;

/** So far Huffman code is looked for in one write: heads are smaller, and content has none. */
const CODED_REACH = 64 * 1024;

/** What of a tag stands in a text; null for nothing. */
export function tagIn(text: string): string | null {
	const lower = text.toLowerCase();
	return MARKS.find((mark) => lower.includes(mark)) ?? null;
}

/** Scans what is written in pieces, where a mark may stand across two of them. */
export class TagScan {
	#tail: Buffer = Buffer.alloc(0);

	/** @returns what was found, or null */
	next(bytes: Uint8Array): string | null {
		const piece = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
		const seam = Buffer.concat([this.#tail, piece.subarray(0, TAIL)]);
		this.#tail = Buffer.from(piece.length >= TAIL ? piece.subarray(-TAIL) : seam.subarray(-TAIL));
		return inOctets(seam) ?? inOctets(piece);
	}
}

function inOctets(octets: Buffer): string | null {
	const plain = MARKS.find((mark) => octets.includes(mark, 0, 'latin1'));
	if (plain !== undefined) return plain;
	const heads = octets.subarray(0, CODED_REACH);
	return CODED.some((coded) => heads.includes(coded)) ? 'a tag, in Huffman code' : null;
}

/** The code of a text that begins at a bit, without the octets that it shares with what stands around it. */
function codedFrom(text: string, bit: number): Buffer {
	const out = { bytes: new Uint8Array(64), at: 0 };
	writeHuffman(out as Output, text);
	const code = out.bytes.subarray(0, out.at);
	const shifted = Buffer.alloc(code.length + 1);
	for (const [at, octet] of code.entries()) {
		shifted[at] = (shifted[at] as number) | (octet >> bit);
		shifted[at + 1] = octet << (8 - bit);
	}
	return shifted.subarray(bit === 0 ? 0 : 1, code.length - 1);
}
