/** DEFLATE for permessage-deflate (RFC 7692), by node:zlib. */
import { constants, deflateRawSync, inflateRawSync, type ZlibOptions } from 'node:zlib';
import { type DeflateCodec, FINAL_BLOCKS, type InflateFailure } from '../engine/websocket/deflate-codec.ts';

/** Most messages fit one step of output of this size, in octets; others take several. */
const STEP = 4096;

/** How many earlier places zlib looks at for each octet, at the most, by level. Time goes with it, where a sender wants it to. */
const PLACES: readonly number[] = [0, 4, 8, 32, 16, 32, 128, 256, 1024, 4096];
/** So many places are looked at for a message, at the most: some 30 ms of work. */
const PLACES_MAX = 8 * 1024 * 1024;

/**
 * The level for a message of so many octets: the wanted one, or the highest below it that keeps its time bounded. There is text
 * of two letters that takes level 9 nine seconds a MiB, where the fastest needs 20 ms for any.
 */
export function levelFor(wanted: number, octets: number): number {
	let level = wanted;
	while (level > 1 && octets * (PLACES[level] as number) > PLACES_MAX) level--;
	return level;
}

/**
 * A codec of this level, 1 (fast) to 9 (small). Each message has a compressor for the time of the call: sockets hold no state
 * of zlib, of which one takes 256 KiB (decisions/010).
 */
export function zlibDeflate(level: number): DeflateCodec {
	return {
		deflate: (data, windowBits, dictionary) =>
			deflateRawSync(data, deflateOptions(levelFor(level, data.length), windowBits, dictionary)),
		inflate,
	};
}

function deflateOptions(level: number, windowBits: number, dictionary: Uint8Array | null): ZlibOptions {
	const options: ZlibOptions = {
		level,
		finishFlush: constants.Z_SYNC_FLUSH,
		// zlib has no window of 256 octets: without references there is nothing that could pass it.
		windowBits: Math.max(9, windowBits),
		// Its tables are cleared for each message: small ones do for small windows.
		memLevel: windowBits < 13 ? 5 : 8,
		chunkSize: STEP,
	};
	if (windowBits === 8) options.strategy = constants.Z_HUFFMAN_ONLY;
	else if (dictionary !== null) options.dictionary = dictionary;
	return options;
}

function inflate(
	data: Uint8Array,
	windowBits: number,
	dictionary: Uint8Array | null,
	limit: number,
): Uint8Array | InflateFailure {
	let result: Uint8Array | null = null;
	let rest = data;
	for (let ends = 0; rest.length > 0; ends++) {
		if (ends > FINAL_BLOCKS) return 'too many ends';
		const left: number = limit - (result?.length ?? 0);
		let part: Uint8Array;
		let consumed: number;
		try {
			const options: ZlibOptions = {
				finishFlush: constants.Z_SYNC_FLUSH,
				windowBits: Math.max(9, windowBits),
				chunkSize: Math.min(64 * 1024, Math.max(1024, data.length * 2)),
				maxOutputLength: Math.max(1, left),
				info: true,
			};
			if (dictionary !== null) options.dictionary = dictionary;
			const { buffer, engine } = inflateRawSync(rest, options) as unknown as {
				buffer: Uint8Array;
				engine: { bytesWritten: number };
			};
			part = buffer;
			consumed = engine.bytesWritten;
		} catch (error) {
			return (error as { code?: unknown }).code === 'ERR_BUFFER_TOO_LARGE' ? 'too long' : 'corrupt';
		}
		if (part.length > left) return 'too long';
		result = result === null ? part : joined(result, part);
		// A final block ended this run: blocks behind it may refer back to it.
		rest = rest.subarray(consumed);
		if (consumed === 0) return 'corrupt';
		if (rest.length > 0) dictionary = window(dictionary, result, windowBits);
	}
	return result ?? new Uint8Array(0);
}

function joined(first: Uint8Array, second: Uint8Array): Uint8Array {
	if (second.length === 0) return first;
	const both = new Uint8Array(first.length + second.length);
	both.set(first);
	both.set(second, first.length);
	return both;
}

/** What may be referred back to behind a result that had a dictionary of its own. */
function window(dictionary: Uint8Array | null, result: Uint8Array, windowBits: number): Uint8Array | null {
	const all = dictionary === null ? result : joined(dictionary, result);
	return all.length === 0 ? null : all.slice(-(2 ** windowBits));
}
