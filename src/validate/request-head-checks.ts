/** What the server says of a request in the rich layer, and what it offers (VALID-20). */
import { described } from '../rich/described.ts';
import type { Exchange } from '../rich/exchange.ts';
import { Fields } from '../wire/fields.ts';
import { isToken } from '../wire/grammar.ts';
import type { Inspector } from './finding.ts';
import { shown } from './shown.ts';

/** Looks at a fresh exchange. */
export function checkRequestHead(exchange: Exchange, inspector: Inspector): void {
	const wrong = (rule: string, message: string, fix: string): void => inspector.above(rule, message, fix);
	const { method, scheme, authority, target, protocol, fields, httpVersion } = exchange;
	if (typeof method !== 'string' || !isToken(method)) {
		wrong('RICH-1', `The method is ${shown(method)}.`, 'Give the method as it came, a token.');
	}
	const plainConnect = method === 'CONNECT' && protocol === null;
	if (scheme !== 'http' && scheme !== 'https' && !(plainConnect && scheme === '')) {
		wrong('RICH-1', `The scheme is ${shown(scheme)}.`, "Give 'http' or 'https'; for plain CONNECT it is empty.");
	}
	if (typeof authority !== 'string')
		wrong('RICH-1', `The authority is ${shown(authority)}.`, 'Give a string, empty for none.');
	if (typeof target !== 'string' || target === '') {
		wrong('RICH-1', `The target is ${shown(target)}.`, 'Give it as it came.');
	}
	if (protocol !== null && typeof protocol !== 'string') {
		wrong('RICH-1', `The protocol is ${shown(protocol)}.`, 'Give null for none.');
	}
	if (httpVersion !== '1.0' && httpVersion !== '1.1' && httpVersion !== '2') {
		wrong('VALID-20', `httpVersion is ${shown(httpVersion)}.`, "Give '1.0', '1.1' or '2'.");
	}
	checkFields(fields, httpVersion === '2', wrong);
	if (httpVersion === '1.0' && exchange.inform !== null) {
		wrong('RICH-13', 'inform is there on HTTP/1.0.', 'Make it null.');
	}
	if (httpVersion !== '2' && exchange.push !== null) wrong('RICH-37', 'push is there on HTTP/1.', 'Make it null.');
	if (exchange.accept !== null && method !== 'CONNECT' && protocol === null) {
		wrong('RICH-29', 'accept is there, and the request asks for no tunnel.', 'Make it null.');
	}
	for (const name of ['inform', 'push', 'accept'] as const) {
		const capability: unknown = exchange[name];
		if (capability === null || typeof capability === 'function') continue;
		wrong('RICH-40', `${name} is ${described(capability)}.`, 'Make it null where the connection cannot do it.');
	}
	if (httpVersion === '1.0' && exchange.trailers) wrong('RICH-20', 'trailers is true on HTTP/1.0.', 'Make it false.');
	if (inspector.underServer && exchange.responded && exchange.outcome === null) {
		wrong('VALID-20', 'responded is true before the application was called.', 'Begin with false.');
	}
}

function checkFields(
	fields: unknown,
	lowerCase: boolean,
	wrong: (rule: string, message: string, fix: string) => void,
): void {
	// Not by instanceof alone: the server may have its own copy of this package.
	const lines = fields instanceof Fields ? fields.lines : (fields as { lines?: unknown } | null)?.lines;
	if (!Array.isArray(lines) || lines.length % 2 !== 0 || lines.some((part) => typeof part !== 'string')) {
		wrong('RICH-1', `fields is ${described(fields)}.`, 'Give a Fields of name, value, name, value …');
		return;
	}
	for (let at = 0; at < lines.length; at += 2) {
		const name = lines[at] as string;
		if (!isToken(name)) wrong('RICH-1', `${shown(name)} is no field name.`, 'Refuse the request.');
		else if (lowerCase && /[A-Z]/.test(name)) {
			wrong('RICH-1', `The field ${name} of HTTP/2 has capitals.`, 'Give names as they came (RFC 9113 §8.2).');
		}
	}
}
