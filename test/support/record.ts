/** Records what a long test measured, for test/long/RESULTS.md. */
import { appendFileSync } from 'node:fs';

/** Adds a line to the file that RSGI_RECORD names; without it the line goes to the terminal only. */
export function record(what: string, figure: string): void {
	console.log(`${what}: ${figure}`);
	const file = process.env.RSGI_RECORD;
	if (file !== undefined) appendFileSync(file, `${JSON.stringify({ what, figure })}\n`);
}
