/**
 * What the field section of a request says to the engine, read in one walk: framing (RFC 9112 §6), Host (§3.2),
 * persistence (§9.3), Upgrade and Expect (RFC 9110 §7.8, §10.1.1), Priority (RFC 9218).
 */
import type { Priority } from '../../wire/carrier.ts';
import type { Fault } from '../../wire/fault.ts';
import type { FieldLines } from '../../wire/fields.ts';
import { isToken, parseDecimal } from '../../wire/grammar.ts';
import { DEFAULT_PRIORITY, parsePriority } from '../../wire/priority.ts';
import { listMembers } from './list-members.ts';
import { broken } from './peer-fault.ts';
import { isHost } from './request-target.ts';

/** The facts. Made by {@link readFieldFacts}, then not changed: a repeated head shares them. */
export class FieldFacts {
	fault: Fault | null = null;
	/** The value of Host, or null. */
	host: string | null = null;
	/** The content length in octets; 0 without content; -1 when the content is chunked. */
	contentLength = 0;
	/** Whether the connection may go on after this exchange. */
	persistent = true;
	/** The protocol that Upgrade offers, or null. */
	protocol: string | null = null;
	/** The client waits for 100 (Continue). */
	expectsContinue = false;
	priority: Priority = DEFAULT_PRIORITY;
}

/** The lines of one field name joined, or null: RFC 9110 §5.3. */
function joined(before: string | null, value: string): string {
	return before === null ? value : `${before},${value}`;
}

/** Whether facts are read from lines of this name. */
export function isFactName(name: string): boolean {
	switch (name.length) {
		case 4:
			return name.toLowerCase() === 'host';
		case 6:
			return name.toLowerCase() === 'expect';
		case 7:
			return name.toLowerCase() === 'upgrade';
		case 8:
			return name.toLowerCase() === 'priority';
		case 10:
			return name.toLowerCase() === 'connection';
		case 14:
			return name.toLowerCase() === 'content-length';
		case 17:
			return name.toLowerCase() === 'transfer-encoding';
		default:
			return false;
	}
}

/** @param minor the minor version of the request */
export function readFieldFacts(lines: FieldLines, minor: number): FieldFacts {
	const facts = new FieldFacts();
	let hosts = 0;
	let length: string | null = null;
	let lengths = 0;
	let coding: string | null = null;
	let connection: string | null = null;
	let upgrade: string | null = null;
	let expect: string | null = null;
	let priority: string | null = null;
	for (let at = 0; at < lines.length; at += 2) {
		const name = lines[at] as string;
		const value = lines[at + 1] as string;
		if (!isFactName(name)) continue;
		// The lengths of the names differ, so that they are names enough.
		switch (name.length) {
			case 4:
				hosts++;
				facts.host = value;
				break;
			case 6:
				expect = joined(expect, value);
				break;
			case 7:
				upgrade = joined(upgrade, value);
				break;
			case 8:
				priority = joined(priority, value);
				break;
			case 10:
				connection = joined(connection, value);
				break;
			case 14:
				lengths++;
				length = value;
				break;
			case 17:
				coding = joined(coding, value);
				break;
		}
	}
	facts.fault = hostFault(hosts, facts.host, minor) ?? readFraming(facts, lengths, length, coding, minor);
	if (facts.fault !== null) return facts;
	readConnection(facts, connection, minor > 0 ? upgrade : null, minor);
	if (expect !== null) facts.fault = readExpect(facts, expect, minor);
	if (priority !== null) facts.priority = parsePriority(priority);
	return facts;
}

function hostFault(count: number, host: string | null, minor: number): Fault | null {
	if (count === 0) return minor === 0 ? null : broken(400, 'RFC 9112 §3.2', 'The request has no Host field.');
	if (count > 1) return broken(400, 'RFC 9112 §3.2', 'The request has more than one Host field line.');
	return isHost(host as string)
		? null
		: broken(400, 'RFC 9112 §3.2', 'The value of Host is not a host with an optional port.');
}

/** RFC 9112 §6.3, with everything refused that two parsers could read in two ways. */
function readFraming(
	facts: FieldFacts,
	lengths: number,
	length: string | null,
	coding: string | null,
	minor: number,
): Fault | null {
	if (coding !== null) {
		if (lengths > 0) return broken(400, 'RFC 9112 §6.1', 'The request has both Transfer-Encoding and Content-Length.');
		if (minor === 0) return broken(400, 'RFC 9112 §6.1', 'An HTTP/1.0 request has Transfer-Encoding.');
		facts.contentLength = -1;
		return coding.toLowerCase() === 'chunked' ? null : codingFault(coding);
	}
	if (length === null) return null;
	if (lengths > 1) return broken(400, 'RFC 9112 §6.3', 'The request has more than one Content-Length.');
	facts.contentLength = parseDecimal(length);
	if (facts.contentLength >= 0) return null;
	return broken(400, 'RFC 9110 §8.6', 'Content-Length is not one decimal number of at most 15 digits.');
}

function codingFault(coding: string): Fault {
	const codings = listMembers(coding.toLowerCase());
	if (codings.pop() !== 'chunked') {
		return broken(400, 'RFC 9112 §6.3', 'The last transfer coding of the request is not chunked.');
	}
	if (codings.includes('chunked')) return broken(400, 'RFC 9112 §6.1', 'The chunked coding is applied more than once.');
	if (codings.includes('')) return broken(400, 'RFC 9112 §6.1', 'Transfer-Encoding has an empty member.');
	return broken(501, 'RFC 9112 §6.1', 'The request has a transfer coding other than chunked.');
}

/** RFC 9112 §9.3 and RFC 9110 §7.8. The protocol h2c is obsolete (RFC 9113 §3.1) and passed over. */
function readConnection(facts: FieldFacts, connection: string | null, upgrade: string | null, minor: number): void {
	if (connection === null) {
		facts.persistent = minor > 0;
		return;
	}
	let close = false;
	let keep = minor > 0;
	let upgrades = false;
	for (const option of listMembers(connection.toLowerCase())) {
		if (option === 'close') close = true;
		else if (option === 'keep-alive') keep = true;
		else if (option === 'upgrade') upgrades = true;
	}
	facts.persistent = keep && !close;
	if (!upgrades || upgrade === null) return;
	for (const protocol of listMembers(upgrade)) {
		if (protocol.toLowerCase() === 'h2c' || !isProtocol(protocol)) continue;
		facts.protocol = protocol;
		return;
	}
}

/** `protocol-name ["/" protocol-version]` (RFC 9110 §7.8). */
function isProtocol(text: string): boolean {
	const slash = text.indexOf('/');
	if (slash < 0) return isToken(text);
	return isToken(text.slice(0, slash)) && isToken(text.slice(slash + 1));
}

function readExpect(facts: FieldFacts, expect: string, minor: number): Fault | null {
	for (const expectation of listMembers(expect.toLowerCase())) {
		if (expectation === '') continue;
		if (expectation !== '100-continue') {
			return broken(417, 'RFC 9110 §10.1.1', 'The only expectation understood is 100-continue.');
		}
		// An HTTP/1.0 client cannot be told to go on, and one without content has nothing to wait for.
		facts.expectsContinue = minor > 0 && facts.contentLength !== 0;
	}
	return null;
}
