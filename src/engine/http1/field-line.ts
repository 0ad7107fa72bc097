/** One field line (RFC 9112 §5): `field-name ":" OWS field-value OWS CRLF`. The same in heads and in trailer sections. */
import type { Fault } from '../../wire/fault.ts';
import { TOKEN_OCTET, VALUE_OCTET } from '../../wire/grammar.ts';
import { latin1Decode } from '../../wire/latin1.ts';
import { COLON, CR, HTAB, LF, SP } from './octets.ts';
import { broken } from './peer-fault.ts';
import { BAD, END, MORE } from './verdict.ts';

/** Reads one field line; the results stand in its members until the next. */
export class FieldLine {
	name = '';
	value = '';
	/** The place behind the empty line, after END. */
	after = 0;
	fault: Fault | null = null;

	/**
	 * Reads the line at `at`, which ends before `end`.
	 * @param first whether it is the first of its section
	 * @returns the place behind the line, or MORE, END or BAD
	 */
	parse(bytes: Uint8Array, at: number, end: number, first: boolean): number {
		let i = at;
		while (i < end && TOKEN_OCTET[bytes[i] as number] === 1) i++;
		if (i === end) return MORE;
		if (i === at || bytes[i] !== COLON) return this.#noName(bytes, at, i, end, first);
		let from = i + 1;
		while (from < end && isBlank(bytes[from] as number)) from++;
		let to = from;
		while (to < end && VALUE_OCTET[bytes[to] as number] === 1) to++;
		if (to === end) return MORE;
		if (bytes[to] !== CR) return this.#badValue(bytes[to] as number);
		if (to + 1 === end) return MORE;
		if (bytes[to + 1] !== LF) return this.#bareCr();
		const next = to + 2;
		while (to > from && isBlank(bytes[to - 1] as number)) to--;
		this.name = latin1Decode(bytes, at, i);
		this.value = to === from ? '' : latin1Decode(bytes, from, to);
		return next;
	}

	/** What stands at `i` is not the colon behind a name: the empty line, or a fault. */
	#noName(bytes: Uint8Array, at: number, i: number, end: number, first: boolean): number {
		const octet = bytes[i] as number;
		if (octet === CR && i === at) {
			if (i + 1 === end) return MORE;
			if (bytes[i + 1] !== LF) return this.#bareCr();
			this.after = i + 2;
			return END;
		}
		if (octet === LF) return this.#bareLf();
		if (isBlank(octet)) {
			if (i > at) return this.#refuse('RFC 9112 §5.1', 'White space stands between a field name and its colon.');
			return first
				? this.#refuse('RFC 9112 §2.2', 'White space stands before the first field line.')
				: this.#refuse('RFC 9112 §5.2', 'A field line is folded.');
		}
		return this.#refuse('RFC 9112 §5', 'A field line does not begin with a token and a colon.');
	}

	#badValue(octet: number): number {
		if (octet === LF) return this.#bareLf();
		return this.#refuse('RFC 9110 §5.5', 'A field value holds a control character.');
	}

	#bareCr(): number {
		return this.#refuse('RFC 9112 §2.2', 'A CR is not followed by LF.');
	}

	#bareLf(): number {
		return this.#refuse('RFC 9112 §2.2', 'A line ends with LF alone.');
	}

	#refuse(rule: string, message: string): number {
		this.fault = broken(400, rule, message);
		return BAD;
	}
}

function isBlank(octet: number): boolean {
	return octet === SP || octet === HTAB;
}
