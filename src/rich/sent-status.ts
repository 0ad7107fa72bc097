/** Which status an application may send by which command (RICH-12, RICH-13). */
import { Misuse } from '../wire/fault.ts';

/** @throws Misuse unless it is the status of a final response: 200 to 599 */
export function requireFinalStatus(status: number): void {
	if (Number.isInteger(status) && status >= 200 && status <= 599) return;
	const fix = status === 101 ? ': accept sends 101' : status >= 100 && status < 200 ? ': inform sends 1xx' : '';
	throw new Misuse('RICH-12', `A final response has a status of 200 to 599, not ${shown(status)}${fix}.`);
}

/** @throws Misuse unless it is the status of an informational response: 100 to 199 but not 101 */
export function requireInformationalStatus(status: number): void {
	if (Number.isInteger(status) && status >= 100 && status <= 199 && status !== 101) return;
	const fix = status === 101 ? 'accept sends 101' : 'respond sends 200 to 599';
	throw new Misuse('RICH-13', `inform sends a status of 100 to 199 but not 101, not ${shown(status)}: ${fix}.`);
}

/** A value as it is written in source: the text '200' is not the number. */
function shown(value: unknown): string {
	return typeof value === 'string' ? JSON.stringify(value) : String(value);
}
