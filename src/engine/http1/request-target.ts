/** The forms of a request target (RFC 9112 §3.2), and what each says of scheme and authority. */
import type { Fault } from '../../wire/fault.ts';
import { parseDecimal } from '../../wire/grammar.ts';
import { broken } from './peer-fault.ts';

/** `uri-host [ ":" port ]` (RFC 9110 §7.2, RFC 3986 §3.2.2); no user information. */
const HOST =
	/^(?:\[(?:[0-9A-Fa-f:.]+|v[0-9A-Fa-f]+\.[A-Za-z0-9\-._~!$&'()*+,;=:]+)\]|(?:[A-Za-z0-9\-._~!$&'()*+,;=]|%[0-9A-Fa-f]{2})*)(?::[0-9]{0,5})?$/;

/** `scheme "://" authority`, as an absolute-form begins. */
const ABSOLUTE = /^([A-Za-z][A-Za-z0-9+\-.]*):\/\/([^/?]*)/;

/** Whether a Host field value, or an authority, is one; empty is (RFC 9112 §3.2). */
export function isHost(value: string): boolean {
	return HOST.test(value);
}

/** Reads a target; the results stand in its members until the next. */
export class RequestTarget {
	/** The scheme of an absolute-form, in lower case; null when the target does not say. */
	scheme: string | null = null;
	/** The authority of an absolute-form or authority-form; null when the target does not say. */
	authority: string | null = null;

	/** @returns what is wrong with the target, or null */
	read(method: string, target: string): Fault | null {
		this.scheme = null;
		this.authority = null;
		if (method === 'CONNECT') return this.#authorityForm(target);
		if (target.charCodeAt(0) === 0x2f) return null;
		if (target === '*') {
			if (method === 'OPTIONS') return null;
			return broken(400, 'RFC 9112 §3.2.4', 'The target * is for OPTIONS alone.');
		}
		return this.#absoluteForm(target);
	}

	#authorityForm(target: string): Fault | null {
		const colon = target.lastIndexOf(':');
		const port = parseDecimal(target.slice(colon + 1));
		if (colon <= 0 || !isHost(target) || port < 1 || port > 65535) {
			return broken(400, 'RFC 9110 §9.3.6', 'The target of CONNECT is not a host and a port.');
		}
		this.authority = target;
		return null;
	}

	#absoluteForm(target: string): Fault | null {
		const parts = ABSOLUTE.exec(target);
		if (parts === null) {
			return broken(400, 'RFC 9112 §3.2', 'The target is neither a path, nor a URI with scheme and authority.');
		}
		const authority = parts[2] as string;
		if (authority.length === 0 || authority.startsWith(':') || !isHost(authority)) {
			return broken(400, 'RFC 9110 §4.2', 'The authority of the target is not a host with an optional port.');
		}
		this.scheme = (parts[1] as string).toLowerCase();
		this.authority = authority;
		return null;
	}
}
