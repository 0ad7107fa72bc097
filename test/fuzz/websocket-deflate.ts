/** Compression as it is agreed on with a client that has no wishes. */
import { agree, PerMessageDeflate } from '../../src/engine/websocket/permessage-deflate.ts';
import { zlibDeflate } from '../../src/integration/zlib-deflate.ts';

const CODEC = zlibDeflate(6);

/** A compression of its own for each connection. */
export function agreedDeflate(): PerMessageDeflate {
	const policy = { contextTakeover: true, clientContextTakeover: true, windowBits: 15, clientWindowBits: 15 };
	const agreement = agree('permessage-deflate', policy);
	if (agreement === null) throw new Error('permessage-deflate was declined');
	return new PerMessageDeflate(agreement, CODEC);
}
