/** What strings are in each layer of the gateway, and the rules that say so. */
import { isByteString } from '../layer/gateway/byte-string.ts';

/** How a layer of the gateway writes what is octets on the wire. */
export interface LayerStrings {
	readonly layer: 'bytes' | 'text';
	/** The rule about the status and the field lines. */
	readonly headRule: string;
	/** The rule that an environ must be of the layer of the application. */
	readonly environRule: string;
	/** What such a string is called. */
	readonly called: string;
	/** How one is made, for the fix. */
	readonly made: string;
}

export const BYTES: LayerStrings = {
	layer: 'bytes',
	headRule: 'GATE-9',
	environRule: 'GATE-5',
	called: 'a byte string',
	made: "Make it by bytes(), as bytes('200 OK').",
};

export const TEXT: LayerStrings = {
	layer: 'text',
	headRule: 'TEXT-9',
	environRule: 'TEXT-2',
	called: 'latin-1 text',
	made: 'Give a string, and encode what is above U+00FF, as encodeURIComponent() and RFC 8187 do.',
};

/** Whether a value has the form of octets: at run time the same in both layers, a string of characters up to U+00FF. */
export function isOctets(value: unknown): value is string {
	return isByteString(value);
}

/** Whether text has no lone surrogate but those that stand for an octet (TEXT-5). */
export function isDecoded(value: unknown): value is string {
	if (typeof value !== 'string') return false;
	return value.isWellFormed() || value.replace(/[\udc80-\udcff]/g, '').isWellFormed();
}
