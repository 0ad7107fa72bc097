/** Response heads (RFC 9112 §4, §6): what the application gave, in its order, then what the server adds. */
import type { FieldLines } from '../../wire/fields.ts';
import { parseDecimal } from '../../wire/grammar.ts';
import type { Output } from '../../wire/output.ts';
import { statusPhrase } from '../../wire/status-phrases.ts';

/** How the recipient will know where the content ends (RFC 9112 §6.3). */
export const Framing = {
	/** There is none: HEAD, 204, 304. */
	NONE: 0,
	/** Content-Length, by the application or, when it gave none, by us. */
	LENGTH: 1,
	CHUNKED: 2,
	/** The connection closes. */
	CLOSE: 3,
} as const;

/** What Connection says of the connection's future. */
export const Persistence = {
	/** Nothing: it goes on, as is the rule in HTTP/1.1. */
	IMPLIED: 0,
	KEEP_ALIVE: 1,
	CLOSE: 2,
} as const;

const NO_LINES: FieldLines = [];

/**
 * Writes the final response heads of one connection. The last head is remembered: applications repeat themselves, and
 * copying octets is cheaper than encoding strings.
 */
export class ResponseHeads {
	/** The Content-Length among the lines taken, or -1. */
	contentLength = -1;
	#lines: FieldLines = NO_LINES;
	#dated = false;
	#upgrade = false;
	#connection = false;
	/** The lines are those of the last head, which the members below describe. */
	#known = false;
	/** Its octets, or null when they have not been kept. */
	#written: Uint8Array | null = null;
	#status = 0;
	#reason: string | undefined = undefined;
	#framing = 0;
	#length = 0;
	#persistence = 0;
	#date = '';

	/** Takes the application's lines for the next head. They are copied: the head may be held, and they are not ours. */
	take(lines: FieldLines): void {
		if (sameLines(lines, this.#lines)) return;
		this.#lines = lines.slice();
		this.#known = false;
		this.#written = null;
		this.contentLength = -1;
		this.#dated = false;
		this.#upgrade = false;
		this.#connection = false;
		for (let at = 0; at < lines.length; at += 2) {
			const name = lines[at] as string;
			if (name.length === 4) this.#dated ||= name.toLowerCase() === 'date';
			else if (name.length === 7) this.#upgrade ||= name.toLowerCase() === 'upgrade';
			else if (name.length === 10) this.#connection ||= name.toLowerCase() === 'connection';
			else if (name.length === 14 && name.toLowerCase() === 'content-length') {
				this.contentLength = parseDecimal(lines[at + 1] as string);
			}
		}
	}

	/**
	 * Writes the head of the lines taken.
	 * @param length for LENGTH: that of the content, used when the application gave none
	 * @param date for Date, when the application gave none
	 */
	write(
		output: Output,
		status: number,
		reason: string | undefined,
		framing: number,
		length: number,
		persistence: number,
		date: string,
	): void {
		const repeated =
			this.#known &&
			this.#status === status &&
			this.#length === length &&
			this.#framing === framing &&
			this.#persistence === persistence &&
			this.#reason === reason &&
			this.#date === date;
		if (repeated && this.#written !== null) {
			output.raw(this.#written);
			return;
		}
		const start = output.at;
		writeStatusLine(output, status, reason);
		writeLines(output, this.#lines, status === 204 || framing === Framing.CHUNKED || framing === Framing.CLOSE);
		if (!this.#dated) output.latin1(`Date: ${date}\r\n`);
		if (framing === Framing.LENGTH && this.contentLength < 0) output.latin1(`Content-Length: ${length}\r\n`);
		else if (framing === Framing.CHUNKED) output.latin1('Transfer-Encoding: chunked\r\n');
		this.#writeConnection(output, persistence);
		output.latin1('\r\n');
		// Octets are kept of a head that comes a second time: heads that differ each time cost nothing.
		this.#written = repeated ? output.bytes.slice(start, output.at) : null;
		this.#known = true;
		this.#status = status;
		this.#reason = reason;
		this.#framing = framing;
		this.#length = length;
		this.#persistence = persistence;
		this.#date = date;
	}

	/** The head that opens a tunnel: 101 with Upgrade (RFC 9110 §7.8), or 200 to CONNECT (§9.3.6). No framing fields. */
	writeAccept(output: Output, protocol: string | null, date: string): void {
		writeStatusLine(output, protocol === null ? 200 : 101, undefined);
		writeLines(output, this.#lines, true);
		if (protocol === null) {
			if (!this.#dated) output.latin1(`Date: ${date}\r\n`);
		} else {
			if (!this.#connection) output.latin1('Connection: Upgrade\r\n');
			if (!this.#upgrade) output.latin1(`Upgrade: ${protocol}\r\n`);
		}
		output.latin1('\r\n');
	}

	/** Upgrade may only be sent together with its connection option (RFC 9110 §7.8), as in a 426. */
	#writeConnection(output: Output, persistence: number): void {
		const upgrade = this.#upgrade && !this.#connection;
		if (persistence === Persistence.CLOSE)
			output.latin1(upgrade ? 'Connection: close, Upgrade\r\n' : 'Connection: close\r\n');
		else if (persistence === Persistence.KEEP_ALIVE) output.latin1('Connection: keep-alive\r\n');
		else if (upgrade) output.latin1('Connection: Upgrade\r\n');
	}
}

/** An informational response (RFC 9110 §15.2): no content, so no framing fields, and no Date. */
export function writeInformational(output: Output, status: number, lines: FieldLines): void {
	writeStatusLine(output, status, undefined);
	writeLines(output, lines, true);
	output.latin1('\r\n');
}

/** A server sends its own version, whatever that of the request (RFC 9110 §2.5). */
export function writeStatusLine(output: Output, status: number, reason: string | undefined): void {
	output.latin1(`HTTP/1.1 ${status} ${reason ?? statusPhrase(status)}\r\n`);
}

/** @param unframed Content-Length is left out; Transfer-Encoding always is, because it is ours to decide */
function writeLines(output: Output, lines: FieldLines, unframed: boolean): void {
	for (let at = 0; at < lines.length; at += 2) {
		const name = lines[at] as string;
		if (name.length === 17 && name.toLowerCase() === 'transfer-encoding') continue;
		if (unframed && name.length === 14 && name.toLowerCase() === 'content-length') continue;
		output.latin1(name);
		output.latin1(': ');
		output.latin1(lines[at + 1] as string);
		output.latin1('\r\n');
	}
}

function sameLines(some: FieldLines, others: FieldLines): boolean {
	if (some.length !== others.length) return false;
	for (let at = 0; at < some.length; at++) {
		if (some[at] !== others[at]) return false;
	}
	return true;
}
