/** Which of two Cache-Control values keeps more from being stored (RFC 9111 §5.2.2). */

/** From the strictest: the first that a value has is what counts. */
const ORDER = ['no-store', 'private', 'no-cache'];

/**
 * The stricter value. What was added to keep a session out of caches must not be undone by an application that knows nothing of
 * sessions; of two that are as strict, the one with the shorter lifetime, and of two that are the same in that, the second.
 */
export function stricterCacheControl(first: string, second: string): string {
	const a = strictness(first);
	const b = strictness(second);
	if (a.rank !== b.rank) return a.rank < b.rank ? first : second;
	return a.lifetime < b.lifetime ? first : second;
}

function strictness(value: string): { readonly rank: number; readonly lifetime: number } {
	const directives = new Map<string, string>();
	for (const directive of value.toLowerCase().split(',')) {
		const [name = '', argument = ''] = directive.split('=', 2);
		directives.set(name.trim(), argument.trim().replaceAll('"', ''));
	}
	const rank = ORDER.findIndex((name) => directives.has(name));
	const lifetime = Number(directives.get('s-maxage') ?? directives.get('max-age') ?? Number.NaN);
	return { rank: rank < 0 ? ORDER.length : rank, lifetime: Number.isNaN(lifetime) ? Infinity : lifetime };
}
