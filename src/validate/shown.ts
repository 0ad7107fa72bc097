/** How a finding shows a value that is wrong. */
import { described } from '../rich/described.ts';

/** A string in quotes; of all else, what it is. */
export function shown(value: unknown): string {
	return typeof value === 'string' ? JSON.stringify(value) : described(value);
}
