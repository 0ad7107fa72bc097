/** The names that members may take. */

/** @returns the name, or null for what is none */
export function memberName(given: unknown): string | null {
	return typeof given === 'string' && /^[\p{L}\p{N}][\p{L}\p{N} _-]{0,19}$/u.test(given) ? given : null;
}
