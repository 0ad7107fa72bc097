/** A response that is longer than anybody takes at once, written as fast as it leaves. */
import type { Exchange, Handler } from 'rsgi';

/** Responds with so many octets of zeros, a block at a time. @returns the handler that goes on with it */
export function respondLarge(exchange: Exchange, size: number, block: Uint8Array): Handler {
	exchange.respond(200);
	let left = size;
	const pump = (): void => {
		while (left > 0 && exchange.outcome === null) {
			left -= block.length;
			if (!exchange.write(block) && left > 0) return;
		}
		exchange.end();
	};
	pump();
	return { drain: pump };
}
