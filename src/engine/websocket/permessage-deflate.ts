/** permessage-deflate (RFC 7692): what is agreed on, and messages compressed and decompressed as agreed. */
import { listParts } from '../../wire/list-parts.ts';
import { CloseCode } from './close-code.ts';
import { type DeflateCodec, FINAL_BLOCKS } from './deflate-codec.ts';
import { History } from './history.ts';
import { tooBig, WebSocketFault } from './peer-fault.ts';

/** What a server is willing to agree on. */
export interface DeflatePolicy {
	/** Whether our messages may refer back to earlier ones: smaller, and a window of memory for each socket. */
	readonly contextTakeover: boolean;
	/** Whether the client's messages may. */
	readonly clientContextTakeover: boolean;
	/** The window of our messages, 8 to 15; a client may ask for a smaller one. */
	readonly windowBits: number;
	/** The window that clients are asked to keep to, where they let themselves be asked; 8 to 15. */
	readonly clientWindowBits: number;
}

/** What was agreed on. */
export interface DeflateAgreement {
	readonly serverTakeover: boolean;
	readonly clientTakeover: boolean;
	readonly serverBits: number;
	readonly clientBits: number;
	/** The member of Sec-WebSocket-Extensions that accepts it. */
	readonly response: string;
}

const NAME = 'permessage-deflate';

/** Longer values name no extension of ours, and would only take time. */
const VALUE_MAX = 8192;

/**
 * The first offer among those of a Sec-WebSocket-Extensions field that can be accepted (RFC 7692 §5, §7.1), or null. Offers
 * with parameters that are not known, stand twice or have a value that makes no sense are declined, as the RFC has it.
 */
export function agree(extensions: string | null, policy: DeflatePolicy): DeflateAgreement | null {
	if (extensions === null || extensions.length > VALUE_MAX) return null;
	for (const offer of listParts(extensions, ',')) {
		const agreement = answer(offer, policy);
		if (agreement !== null) return agreement;
	}
	return null;
}

function answer(offer: string, policy: DeflatePolicy): DeflateAgreement | null {
	const [name, ...parameters] = listParts(offer, ';');
	if (name?.toLowerCase() !== NAME) return null;
	const offered = readParameters(parameters);
	if (offered === null) return null;
	const { serverBits: askedBits, clientBits: hintedBits } = offered;
	const serverTakeover = policy.contextTakeover && !offered.serverNoTakeover;
	const clientTakeover = policy.clientContextTakeover && !offered.clientNoTakeover;
	const serverBits = Math.min(askedBits ?? 15, policy.windowBits);
	// A client that does not say client_max_window_bits must not be told it (§7.1.2.2).
	const clientBits = hintedBits === null ? 15 : Math.min(hintedBits, policy.clientWindowBits);
	let response = NAME;
	if (!serverTakeover) response += '; server_no_context_takeover';
	if (!clientTakeover) response += '; client_no_context_takeover';
	if (askedBits !== null) response += `; server_max_window_bits=${serverBits}`;
	if (clientBits < 15) response += `; client_max_window_bits=${clientBits}`;
	return { serverTakeover, clientTakeover, serverBits, clientBits, response };
}

interface Offered {
	serverNoTakeover: boolean;
	clientNoTakeover: boolean;
	serverBits: number | null;
	clientBits: number | null;
}

function readParameters(parameters: readonly string[]): Offered | null {
	const offered: Offered = { serverNoTakeover: false, clientNoTakeover: false, serverBits: null, clientBits: null };
	const seen = new Set<string>();
	for (const parameter of parameters) {
		const [, name = '', value] = /^([^\s=]+)(?:\s*=\s*"?([^"]*)"?)?$/.exec(parameter) ?? [];
		if (seen.has(name)) return null;
		seen.add(name);
		const bits = value !== undefined && /^(?:[89]|1[0-5])$/.test(value) ? Number(value) : null;
		if (name === 'server_no_context_takeover' && value === undefined) offered.serverNoTakeover = true;
		else if (name === 'client_no_context_takeover' && value === undefined) offered.clientNoTakeover = true;
		else if (name === 'server_max_window_bits' && bits !== null) offered.serverBits = bits;
		else if (name === 'client_max_window_bits' && (bits !== null || value === undefined)) {
			offered.clientBits = bits ?? 15;
		} else return null;
	}
	return offered;
}

/** What every message would end in, and so is left out (RFC 7692 §7.2.1). */
const TAIL = 4;

/** How much longer than itself DEFLATE can make what cannot be compressed, in octets. */
function slack(size: number): number {
	return 64 + (size >> 8);
}

function withoutTail(compressed: Uint8Array, message: Uint8Array): Uint8Array | null {
	const size = compressed.length - TAIL;
	return size < message.length ? compressed.subarray(0, size) : null;
}

/** The two directions of one socket. */
export class PerMessageDeflate {
	readonly agreement: DeflateAgreement;
	readonly #codec: DeflateCodec;
	readonly #sent: History | null;
	readonly #received: History | null;

	constructor(agreement: DeflateAgreement, codec: DeflateCodec) {
		this.agreement = agreement;
		this.#codec = codec;
		this.#sent = agreement.serverTakeover ? new History(agreement.serverBits) : null;
		this.#received = agreement.clientTakeover ? new History(agreement.clientBits) : null;
	}

	/** How long a compressed message may be whose limit is this: more could not be worth its length. */
	static compressedMax(limit: number): number {
		return limit + slack(limit);
	}

	/** A message compressed without regard to others, for any number of sockets without context takeover. */
	static alone(message: Uint8Array, windowBits: number, codec: DeflateCodec): Uint8Array | null {
		return withoutTail(codec.deflate(message, windowBits, null), message);
	}

	/** A message compressed, as the payload of its frame; null when that would not be shorter. */
	compress(message: Uint8Array): Uint8Array | null {
		const { serverBits } = this.agreement;
		const payload = withoutTail(this.#codec.deflate(message, serverBits, this.#sent?.dictionary ?? null), message);
		// What is sent as it is leaves no trace in the window (§7.2.1): the next message refers past it.
		if (payload !== null) this.#sent?.add(message);
		return payload;
	}

	/** The message that a payload is the compressed form of. */
	decompress(payload: Uint8Array, limit: number): Uint8Array | WebSocketFault {
		const whole = new Uint8Array(payload.length + TAIL);
		whole.set(payload);
		whole[payload.length + 2] = 0xff;
		whole[payload.length + 3] = 0xff;
		const { clientBits } = this.agreement;
		const message = this.#codec.inflate(whole, clientBits, this.#received?.dictionary ?? null, limit);
		if (message === 'corrupt') {
			return new WebSocketFault(CloseCode.INVALID_DATA, 'RFC 7692 §7.2.2', 'A compressed message does not inflate');
		}
		if (message === 'too many ends') {
			const what = `A compressed message has more than ${FINAL_BLOCKS} final blocks`;
			return new WebSocketFault(CloseCode.TOO_BIG, 'RFC 7692 §7.2.3.4', what);
		}
		if (message === 'too long') return tooBig('messageSize', `A message inflates to more than ${limit} octets`);
		this.#received?.add(message);
		return message;
	}
}
