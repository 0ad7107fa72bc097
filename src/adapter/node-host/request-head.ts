/** The request head that Node.js's objects tell of, from the lines as they came. */
import type { RequestHead } from '../../wire/carrier.ts';
import { Fields } from '../../wire/fields.ts';
import { isToken, parseDecimal } from '../../wire/grammar.ts';
import { listParts } from '../../wire/list-parts.ts';
import { parsePriority } from '../../wire/priority.ts';

/** What HTTP/1 says of a request. */
export interface MessageFacts {
	readonly method: string;
	readonly target: string;
	readonly httpVersion: string;
	/** Flat: name, value, name, value … */
	readonly rawHeaders: readonly string[];
	readonly secure: boolean;
	/** The client waits for 100 (Continue), which has not been sent. */
	readonly expectsContinue: boolean;
}

/** The head of an HTTP/1 request. */
export function messageHead({ method, target, rawHeaders, ...facts }: MessageFacts): RequestHead {
	const fields = new Fields(rawHeaders.slice());
	const isConnect = method === 'CONNECT';
	const absolute = /^([A-Za-z][A-Za-z0-9+\-.]*):\/\/([^/?]*)/.exec(target);
	const scheme = absolute?.[1]?.toLowerCase() ?? (facts.secure ? 'https' : 'http');
	return {
		method,
		target,
		scheme: isConnect ? '' : scheme,
		authority: isConnect ? target : (absolute?.[2] ?? fields.first('host') ?? ''),
		protocol: isConnect ? null : offeredProtocol(fields),
		fields,
		httpVersion: facts.httpVersion === '1.0' ? '1.0' : '1.1',
		expectsContinue: facts.expectsContinue,
		contentLength: isConnect ? -1 : announcedLength(fields),
		priority: parsePriority(fields.combined('priority')),
	};
}

/**
 * The head of an HTTP/2 request.
 * @param rawHeaders flat, pseudo-fields among them
 * @param ended the head has ended the request
 * @param sensitive lower-case names of fields that came never-indexed
 */
export function streamHead(rawHeaders: readonly string[], ended: boolean, sensitive: readonly string[]): RequestHead {
	const fields = new Fields();
	const pseudo = new Map<string, string>();
	for (let at = 0; at < rawHeaders.length; at += 2) {
		const name = rawHeaders[at] as string;
		const value = rawHeaders[at + 1] as string;
		if (name.startsWith(':')) pseudo.set(name, value);
		else fields.append(name, value);
	}
	if (sensitive.length > 0) fields.sensitive = [...sensitive];
	const method = pseudo.get(':method') ?? '';
	const authority = pseudo.get(':authority') ?? fields.first('host') ?? '';
	const length = fields.first('content-length');
	const announced = length === null || method === 'CONNECT' ? -1 : parseDecimal(length);
	const contentLength = ended ? 0 : announced;
	return {
		method,
		target: pseudo.get(':path') ?? authority,
		scheme: pseudo.get(':scheme') ?? '',
		authority,
		protocol: pseudo.get(':protocol') ?? null,
		fields,
		httpVersion: '2',
		expectsContinue: contentLength !== 0 && expectsContinue(fields),
		contentLength,
		priority: parsePriority(fields.combined('priority')),
	};
}

/** Whether the client waits for 100 (Continue) (RFC 9110 §10.1.1). */
function expectsContinue(fields: Fields): boolean {
	return fields.first('expect')?.toLowerCase() === '100-continue';
}

function announcedLength(fields: Fields): number {
	if (fields.has('transfer-encoding')) return -1;
	const length = fields.first('content-length');
	return length === null ? 0 : parseDecimal(length);
}

/** The first protocol of Upgrade that is one (RFC 9110 §7.8); h2c is obsolete (RFC 9113 §3.1) and passed over. */
function offeredProtocol(fields: Fields): string | null {
	const options = listParts((fields.combined('connection') ?? '').toLowerCase(), ',');
	const upgrade = fields.combined('upgrade');
	if (upgrade === null || !options.includes('upgrade')) return null;
	const offered = listParts(upgrade, ',').find(
		(protocol) =>
			protocol.toLowerCase() !== 'h2c' && protocol.split('/').length <= 2 && protocol.split('/').every(isToken),
	);
	return offered ?? null;
}
