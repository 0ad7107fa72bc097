/** The request as node applications are shown it: in HTTP/1.1 terms, whatever it came by. */
import { randomBytes } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Exchange } from '../../rich/exchange.ts';

/** What of a request is not the exchange's own. */
export interface ShownRequest {
	readonly method: string;
	/** The field lines, flat; a new array. */
	readonly lines: string[];
	/** Whether content may come: yes, no, or (null) the server knows as soon as it goes on, and no field speaks of it. */
	readonly hasContent: boolean | null;
}

/**
 * The lines are verbatim on HTTP/1. On HTTP/2 Host stands in front, made of the authority; and an extended CONNECT
 * (RFC 8441) is the GET with Upgrade that it would be on HTTP/1.1.
 */
export function shownRequest(exchange: Exchange): ShownRequest {
	const { method, protocol, authority, fields } = exchange;
	const from = fields.lines;
	if (exchange.httpVersion !== '2') {
		return { method, lines: from.slice(), hasContent: method !== 'CONNECT' && framedContent(from) };
	}
	const lines: string[] = authority === '' ? [] : ['host', authority];
	let length: string | null = null;
	for (let at = 0; at < from.length; at += 2) {
		const name = from[at] as string;
		if (authority !== '' && name === 'host') continue;
		if (name === 'content-length') length = from[at + 1] as string;
		lines.push(name, from[at + 1] as string);
	}
	if (method === 'CONNECT') {
		if (protocol === null) return { method, lines, hasContent: false };
		lines.push('connection', 'Upgrade', 'upgrade', protocol);
		// There is none in HTTP/2 (RFC 8441 §5), and servers of WebSockets insist on it.
		if (protocol === 'websocket') lines.push('sec-websocket-key', randomBytes(16).toString('base64'));
		return { method: 'GET', lines, hasContent: false };
	}
	if (length !== null) return { method, lines, hasContent: length !== '0' };
	return { method, lines, hasContent: method === 'GET' || method === 'HEAD' ? true : null };
}

/** Gives a request of Node the version of HTTP that it came by. */
export function giveVersion(request: IncomingMessage, version: Exchange['httpVersion']): void {
	request.httpVersion = version === '2' ? '2.0' : version;
	request.httpVersionMajor = version === '2' ? 2 : 1;
	request.httpVersionMinor = version === '1.1' ? 1 : 0;
}

/** HTTP/1 says of all content how it is framed (RFC 9112 §6.3). */
function framedContent(lines: readonly string[]): boolean {
	for (let at = 0; at < lines.length; at += 2) {
		const name = lines[at] as string;
		if (name.length === 17 && name.toLowerCase() === 'transfer-encoding') return true;
		if (name.length === 14 && name.toLowerCase() === 'content-length') return lines[at + 1] !== '0';
	}
	return false;
}
