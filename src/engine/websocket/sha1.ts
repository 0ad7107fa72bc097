/** SHA-1 (FIPS 180-4), which the opening handshake asks for (RFC 6455 §4.2.2). It guards nothing there. */

/** The 20 octets of the digest. For short input: all of it is in memory at once. */
export function sha1(message: Uint8Array): Uint8Array {
	const blocks = (message.length + 8 + 64) >> 6;
	const padded = new Uint8Array(blocks * 64);
	padded.set(message);
	padded[message.length] = 0x80;
	const words = new DataView(padded.buffer);
	words.setUint32(padded.length - 4, message.length * 8);
	const state = Int32Array.of(0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0);
	const schedule = new Int32Array(80);
	for (let block = 0; block < padded.length; block += 64) {
		for (let t = 0; t < 16; t++) schedule[t] = words.getInt32(block + t * 4);
		for (let t = 16; t < 80; t++) {
			const mixed =
				(schedule[t - 3] as number) ^
				(schedule[t - 8] as number) ^
				(schedule[t - 14] as number) ^
				(schedule[t - 16] as number);
			schedule[t] = rotl(mixed, 1);
		}
		rounds(state, schedule);
	}
	const digest = new Uint8Array(20);
	const out = new DataView(digest.buffer);
	for (let i = 0; i < 5; i++) out.setInt32(i * 4, state[i] as number);
	return digest;
}

function rounds(state: Int32Array, schedule: Int32Array): void {
	let [a, b, c, d, e] = state as unknown as [number, number, number, number, number];
	for (let t = 0; t < 80; t++) {
		let mixed: number;
		if (t < 20) mixed = ((b & c) | (~b & d)) + 0x5a827999;
		else if (t < 40) mixed = (b ^ c ^ d) + 0x6ed9eba1;
		else if (t < 60) mixed = ((b & c) | (b & d) | (c & d)) + 0x8f1bbcdc;
		else mixed = (b ^ c ^ d) + 0xca62c1d6;
		const next = (rotl(a, 5) + mixed + e + (schedule[t] as number)) | 0;
		e = d;
		d = c;
		c = rotl(b, 30);
		b = a;
		a = next;
	}
	state[0] = (state[0] as number) + a;
	state[1] = (state[1] as number) + b;
	state[2] = (state[2] as number) + c;
	state[3] = (state[3] as number) + d;
	state[4] = (state[4] as number) + e;
}

function rotl(word: number, bits: number): number {
	return (word << bits) | (word >>> (32 - bits));
}
