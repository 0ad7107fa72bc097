/** The forms of a line of the access log. A client has no say in where a line ends, or in what is beside its own words. */
import type { Exchange } from '../../rich/exchange.ts';
import type { AccessRecord } from './record.ts';

/** The forms there are. */
export type LineFormat = 'common' | 'combined' | 'json';

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

export const LINE_FORMATS: Readonly<Record<LineFormat, (record: AccessRecord) => string>> = {
	common,
	combined: (record) => {
		const { fields } = record.exchange;
		return `${common(record)} ${quoted(fields.first('referer'))} ${quoted(fields.first('user-agent'))}`;
	},
	json,
};

/** `host ident user [time] "request" status bytes`; the two in the middle are never known here. */
function common({ exchange, status, bytes, began }: AccessRecord): string {
	const request = `${exchange.method} ${targetOf(exchange)} ${protocolOf(exchange)}`;
	return [
		`${peerOf(exchange) ?? '-'} - - [${commonTime(began)}] ${quoted(request)}`,
		`${status === 0 ? '-' : status} ${bytes === 0 ? '-' : bytes}`,
	].join(' ');
}

function json({ exchange, status, bytes, began, duration, outcome }: AccessRecord): string {
	const { fields, connection } = exchange;
	const text = JSON.stringify({
		time: new Date(began).toISOString(),
		id: fields.first('x-request-id') ?? undefined,
		peer: peerOf(exchange),
		method: exchange.method,
		scheme: exchange.scheme,
		authority: exchange.authority,
		target: exchange.target,
		protocol: protocolOf(exchange),
		status,
		bytes,
		duration: Math.round(duration * 1000) / 1000,
		outcome: outcome.reason,
		code: outcome.code === 0 ? undefined : outcome.code,
		referer: fields.first('referer') ?? undefined,
		agent: fields.first('user-agent') ?? undefined,
		connection: connection.id,
		tls: connection.tls?.version,
	});
	// JSON lets these stand as they are; terminals and some readers of lines do not.
	return text.replace(/[\u007f-\u009f\u2028\u2029]/g, (control) => {
		return `\\u${control.charCodeAt(0).toString(16).padStart(4, '0')}`;
	});
}

/** CONNECT has its authority there (RFC 9112 §3.2.3). */
function targetOf(exchange: Exchange): string {
	return exchange.target === '' ? exchange.authority : exchange.target;
}

function protocolOf(exchange: Exchange): string {
	return `HTTP/${exchange.httpVersion === '2' ? '2.0' : exchange.httpVersion}`;
}

function peerOf({ connection: { peer } }: Exchange): string | null {
	if (peer === null) return null;
	return peer.family === 'unix' ? 'unix' : peer.address;
}

/** `10/Oct/2000:13:55:36 +0000` */
function commonTime(time: number): string {
	const date = new Date(time);
	const day = `${two(date.getUTCDate())}/${MONTHS[date.getUTCMonth()]}/${date.getUTCFullYear()}`;
	return `${day}:${two(date.getUTCHours())}:${two(date.getUTCMinutes())}:${two(date.getUTCSeconds())} +0000`;
}

function two(value: number): string {
	return String(value).padStart(2, '0');
}

/** In quotes, with everything escaped that is not printable ASCII, or that ends or hides a quote. */
function quoted(text: string | null): string {
	if (text === null) return '"-"';
	const escaped = text.replace(/["\\]|[^\x20-\x7e]/g, (octet) => {
		return octet === '"' || octet === '\\' ? `\\${octet}` : `\\x${octet.charCodeAt(0).toString(16).padStart(2, '0')}`;
	});
	return `"${escaped}"`;
}
