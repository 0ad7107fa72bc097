/** Headers as the rich layer takes them. */
import type { HeadersInit } from '../../layer/fetch-server/context.ts';
import { isHopByHop } from '../../layer/gateway/hop-by-hop.ts';

/** The lines, flat, without the fields of a connection, which are the server's own. */
export function headerLines(init: HeadersInit | undefined): string[] {
	const lines: string[] = [];
	for (const [name, value] of new Headers(init)) if (!isHopByHop(name)) lines.push(name, value);
	return lines;
}
