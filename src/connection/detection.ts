/** HTTP/1 or HTTP/2 with prior knowledge, told by a connection's first bytes (RFC 9113 §3.3, §3.4). */
import { latin1Bytes } from '../wire/latin1.ts';

const PREFACE = latin1Bytes('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');

export const Detection = { UNDECIDED: 0, HTTP1: 1, HTTP2: 2 } as const;
export type Detection = (typeof Detection)[keyof typeof Detection];

/** Keeps the first bytes of a connection until they tell which protocol it speaks: 24 at the most before that. */
export class Preface {
	/** All bytes taken so far, for the engine. */
	bytes: Uint8Array = new Uint8Array(0);

	/** Takes more bytes and says what they are. */
	take(more: Uint8Array): Detection {
		if (this.bytes.length === 0) {
			this.bytes = more;
		} else {
			const joined = new Uint8Array(this.bytes.length + more.length);
			joined.set(this.bytes);
			joined.set(more, this.bytes.length);
			this.bytes = joined;
		}
		const length = Math.min(this.bytes.length, PREFACE.length);
		for (let at = 0; at < length; at++) {
			if (this.bytes[at] !== PREFACE[at]) return Detection.HTTP1;
		}
		if (length === PREFACE.length) return Detection.HTTP2;
		// What is kept until more comes may be lent.
		if (this.bytes === more) this.bytes = more.slice();
		return Detection.UNDECIDED;
	}
}
