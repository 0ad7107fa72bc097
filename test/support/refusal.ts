import { expect } from 'vitest';
import { Misuse } from '../../src/wire/fault.ts';

/** The message of the misuse that `act` throws, which must name this rule. */
export function refusal(rule: string, act: () => unknown): string {
	try {
		act();
	} catch (error) {
		expect(error).toBeInstanceOf(Misuse);
		expect((error as Misuse).rule).toBe(rule);
		return (error as Misuse).message;
	}
	throw new Error(`${rule}: nothing was thrown`);
}
