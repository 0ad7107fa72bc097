/** A request as a frame: what of an environ crosses the process boundary, and how (CHANNEL-5). */
import { isByteString } from '../layer/gateway/byte-string.ts';
import type { Environ } from '../layer/gateway/environ.ts';
import { Flag, FrameType, frameHeader, u32 } from './frames.ts';

/** A member that the worker has its own of, or that cannot leave this process. */
const LEFT = 0;
/** A CGI variable, or another byte string of the server's. */
const SENT = 1;
/** A member that somebody added: it goes when it is a byte string. */
const ADDED = 2;

/** What to do with the member of a key. Clients choose the names of fields, so the memory is bounded. */
const kinds = new Map<string, number>();
const KINDS_MAX = 1024;

const OWN: Readonly<Record<string, number>> = {
	SERVER_SOFTWARE: LEFT,
	'wsgi.layer': LEFT,
	'wsgi.url_scheme': SENT,
	'rsgi.target': SENT,
	'rsgi.connect': SENT,
};

/** What a frame says of a request. */
export interface RequestPayload {
	/** One character per octet. */
	readonly text: string;
	/** ESCAPED and UPGRADE, or 0. */
	readonly flags: number;
}

/** Puts the environ of a request into the payload of a frame. */
export function requestPayload(environ: Environ): RequestPayload {
	const values = environ as unknown as Readonly<Record<string, unknown>>;
	let isEscaped = holdsNul(environ.PATH_INFO) || holdsNul(environ.SCRIPT_NAME);
	let text = '';
	let count = 0;
	for (const key in values) {
		const value = values[key];
		if (typeof value !== 'string') continue;
		const kind = kinds.get(key) ?? kindOf(key);
		if (kind === LEFT || (kind === ADDED && !isByteString(value))) continue;
		if (kind === ADDED && holdsNul(value)) isEscaped = true;
		text += count === 0 ? `${key}\0${value}` : `\0${key}\0${value}`;
		count += 2;
	}
	if (isEscaped) text = escapedPairs(values);
	const fields = (environ['rsgi.fields'] as unknown as readonly string[]).join('\0');
	const upgrade = environ['rsgi.upgrade'] === undefined ? 0 : Flag.UPGRADE;
	return { text: `${u32(text.length)}${u32(count)}${text}${fields}`, flags: upgrade | (isEscaped ? Flag.ESCAPED : 0) };
}

/**
 * The frame of a request, one character per octet.
 * @param flags FOLLOWS and EAGER
 */
export function requestFrame(stream: number, { text, flags: own }: RequestPayload, flags: number): string {
	return frameHeader(text.length, FrameType.REQUEST, flags | own, stream) + text;
}

/** The same pairs, with NUL and SOH in their values written as SOH and a digit. Few requests need it. */
function escapedPairs(values: Readonly<Record<string, unknown>>): string {
	const parts: string[] = [];
	for (const [key, value] of Object.entries(values)) {
		if (typeof value !== 'string') continue;
		const kind = kinds.get(key) ?? kindOf(key);
		if (kind === LEFT || (kind === ADDED && !isByteString(value))) continue;
		parts.push(key, value.replaceAll('\x01', '\x011').replaceAll('\0', '\x012'));
	}
	return parts.join('\0');
}

function kindOf(key: string): number {
	const named = /^[\x21-\x7e]+$/.test(key);
	const kind = named ? (OWN[key] ?? (key.includes('.') ? ADDED : SENT)) : LEFT;
	if (kinds.size >= KINDS_MAX) kinds.clear();
	kinds.set(key, kind);
	return kind;
}

function holdsNul(value: unknown): boolean {
	return (value as string).includes('\0');
}
