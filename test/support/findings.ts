/** What a validator has told, as short lines. */
import { expect } from 'vitest';
import { type Finding, type ValidateOptions, ValidationFault } from '../../src/validate/finding.ts';

/** Collects findings; `lines` has `party rule` of each. */
export class Findings {
	readonly all: Finding[] = [];
	readonly options: ValidateOptions = { report: (finding) => void this.all.push(finding) };

	get lines(): string[] {
		return this.all.map(({ party, rule }) => `${party} ${rule}`);
	}
}

/** The finding that `act` throws, as `party rule`. */
export async function thrown(act: () => unknown): Promise<string> {
	try {
		await act();
	} catch (error) {
		expect(error).toBeInstanceOf(ValidationFault);
		const { party, rule } = (error as ValidationFault).finding;
		return `${party} ${rule}`;
	}
	return 'nothing';
}
