/** HTTP/2 as a load generator speaks it: frames are counted, and of field sections only an indexed :status is looked at. */
import type { Answers, Talk } from './talk.ts';

const DATA = 0;
const HEADERS = 1;
const RST_STREAM = 3;
const SETTINGS = 4;
const PING = 6;
const GOAWAY = 7;
const END_STREAM = 1;
const ACK = 1;
/** `:status: 200` of the static table (RFC 7541 Appendix A), which is the first field line of every answer that is wanted. */
const STATUS_200 = 0x88;
/** What the client grants at once, so that it never has to give credit again: about 2 GiB. */
const CREDIT = 0x7fff_0000;

function frame(type: number, flags: number, stream: number, payload: Uint8Array): Buffer {
	const head = Buffer.alloc(9);
	head.writeUIntBE(payload.length, 0, 3);
	head[3] = type;
	head[4] = flags;
	head.writeUInt32BE(stream, 5);
	return Buffer.concat([head, payload]);
}

function word(value: number): Buffer {
	const bytes = Buffer.alloc(4);
	bytes.writeUInt32BE(value);
	return bytes;
}

/** The opening of a client: preface, SETTINGS with ENABLE_PUSH as wanted and a large window, and credit. */
const opening = (takesPush: boolean): Buffer =>
	Buffer.concat([
		Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'),
		frame(
			SETTINGS,
			0,
			0,
			Buffer.concat([Buffer.from([0, 2]), word(takesPush ? 1 : 0), Buffer.from([0, 4]), word(CREDIT)]),
		),
		frame(8, 0, 0, word(CREDIT - 65_535)),
	]);

/** A field line whose name is in the static table and whose value is written out, not indexed (RFC 7541 §6.2.2). */
function line(name: number, value: string): Buffer {
	const head = name < 15 ? [name] : [15, name - 15];
	return Buffer.from([...head, value.length, ...Buffer.from(value)]);
}

/** A connection of HTTP/2. */
export class Http2Talk implements Talk {
	readonly opening: Uint8Array;
	readonly #answers: Answers;
	readonly #section: Buffer;
	/** A frame of which a part has come. */
	#rest: Buffer = Buffer.alloc(0);
	last = -1;

	constructor(path: string, scheme: 'http' | 'https', answers: Answers, takesPush = false) {
		this.#answers = answers;
		this.opening = opening(takesPush);
		// :method GET and :scheme by index, then :path, :authority and user-agent.
		this.#section = Buffer.concat([
			Buffer.from([0x82, scheme === 'http' ? 0x86 : 0x87]),
			line(4, path),
			line(1, '127.0.0.1'),
			line(58, 'rsgi-bench'),
		]);
	}

	ask(): Uint8Array {
		this.last += 2;
		return frame(HEADERS, 0x5, this.last, this.#section);
	}

	receive(read: Buffer): Uint8Array | null {
		const bytes = this.#rest.length > 0 ? Buffer.concat([this.#rest, read]) : read;
		let answer: Buffer | null = null;
		let at = 0;
		while (bytes.length - at >= 9) {
			const end = at + 9 + bytes.readUIntBE(at, 3);
			if (end > bytes.length) break;
			const reply = this.#frame(bytes[at + 3] ?? 0, bytes[at + 4] ?? 0, bytes.readUInt32BE(at + 5), bytes, at + 9, end);
			if (reply !== null) answer = answer === null ? reply : Buffer.concat([answer, reply]);
			at = end;
		}
		// A copy: what was read is memory of the socket's.
		this.#rest = Buffer.from(bytes.subarray(at));
		return answer;
	}

	#frame(type: number, flags: number, stream: number, bytes: Buffer, from: number, end: number): Buffer | null {
		switch (type) {
			case HEADERS:
				this.#answers.begun?.(stream, statusIs200(bytes, from + ((flags & 0x20) === 0 ? 0 : 5)));
				if ((flags & END_STREAM) !== 0) this.#answers.ended(stream);
				return null;
			case DATA:
				if ((flags & END_STREAM) !== 0) this.#answers.ended(stream);
				return null;
			case SETTINGS:
				return (flags & ACK) === 0 ? frame(SETTINGS, ACK, 0, Buffer.alloc(0)) : null;
			case PING:
				return (flags & ACK) === 0 ? frame(PING, ACK, 0, bytes.subarray(from, end)) : null;
			case RST_STREAM:
				throw new Error(`stream ${stream} was reset with ${bytes.readUInt32BE(from)}`);
			case GOAWAY:
				throw new Error(`GOAWAY with ${bytes.readUInt32BE(from + 4)}`);
			default:
				return null;
		}
	}
}

/** Whether a field section begins with :status 200, behind updates of the table's size (RFC 7541 §6.3). */
function statusIs200(bytes: Buffer, from: number): boolean {
	let at = from;
	while (((bytes[at] ?? 0) & 0xe0) === 0x20) {
		// A size of 31 and more goes on in further octets.
		if (((bytes[at] ?? 0) & 0x1f) === 0x1f) while (((bytes[++at] ?? 0) & 0x80) !== 0);
		at++;
	}
	return bytes[at] === STATUS_200;
}
