/** The opening handshake as a server sees it (RFC 6455 §4.2, RFC 8441 §5): what a request asks for, and whether it may. */
import type { Fields } from '../../wire/fields.ts';
import { isToken } from '../../wire/grammar.ts';
import { latin1Bytes } from '../../wire/latin1.ts';
import { sha1 } from './sha1.ts';

/** The version of RFC 6455. */
const VERSION = '13';

/** A handshake that cannot be accepted, and how it is answered. */
export interface HandshakeRefusal {
	readonly status: number;
	/** Further fields of the answer. */
	readonly fields: readonly string[];
	/** What is wrong, in one sentence, with the rule. */
	readonly message: string;
}

/** What a handshake says that can be accepted. */
export interface Handshake {
	/** The value of Sec-WebSocket-Accept; null where there is none (RFC 8441 §5). */
	readonly accept: string | null;
	/** The subprotocols that the client offers, in its order of preference. */
	readonly subprotocols: readonly string[];
	/** What Sec-WebSocket-Extensions offers, or null. */
	readonly extensions: string | null;
}

/** What is looked at of a request. */
export interface HandshakeRequest {
	readonly method: string;
	readonly httpVersion: '1.0' | '1.1' | '2';
	readonly fields: Fields;
}

/** Reads the handshake of a request whose protocol is known to be `websocket`. */
export function readHandshake(request: HandshakeRequest): Handshake | HandshakeRefusal {
	const { fields, httpVersion } = request;
	const extended = httpVersion === '2';
	if (!extended && request.method !== 'GET') {
		return refusal(405, ['allow', 'GET'], 'A WebSocket is asked for by GET (RFC 6455 §4.1).');
	}
	if (!extended && (fields.has('transfer-encoding') || (fields.first('content-length') ?? '0') !== '0')) {
		return refusal(400, [], 'A request for a WebSocket has no content (RFC 6455 §4.1).');
	}
	const versions = fields.all('sec-websocket-version');
	if (versions.length !== 1 || versions[0] !== VERSION) {
		// A 426 must name the protocol to upgrade to (RFC 9110 §15.5.22), which HTTP/2 has no field for.
		const upgrade = extended ? [] : ['upgrade', 'websocket'];
		return refusal(
			extended ? 400 : 426,
			[...upgrade, 'sec-websocket-version', VERSION],
			'Version 13 of the WebSocket protocol is spoken here (RFC 6455 §4.4).',
		);
	}
	const keys = fields.all('sec-websocket-key');
	const [key = ''] = keys;
	if (!extended && (keys.length !== 1 || !/^[A-Za-z0-9+/]{21}[AQgw]==$/.test(key))) {
		return refusal(400, [], 'Sec-WebSocket-Key is 16 octets in base64, once (RFC 6455 §4.1).');
	}
	const subprotocols = offeredSubprotocols(fields);
	if (subprotocols === null) {
		return refusal(400, [], 'Sec-WebSocket-Protocol is a list of different tokens (RFC 6455 §4.1).');
	}
	return {
		accept: extended ? null : acceptValue(key),
		subprotocols,
		extensions: fields.combined('sec-websocket-extensions'),
	};
}

/** The answer to a key (RFC 6455 §4.2.2). */
export function acceptValue(key: string): string {
	const digest = sha1(latin1Bytes(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`));
	return btoa(String.fromCharCode(...digest));
}

function refusal(status: number, fields: readonly string[], message: string): HandshakeRefusal {
	return { status, fields, message };
}

function offeredSubprotocols(fields: Fields): string[] | null {
	const value = fields.combined('sec-websocket-protocol');
	if (value === null) return [];
	const offered = value.split(',').map((name) => name.replace(/^[ \t]+|[ \t]+$/g, ''));
	if (new Set(offered).size !== offered.length) return null;
	return offered.every((name) => isToken(name)) ? offered : null;
}
