/** What vitest's JSON reporter writes, as far as it is read here. */
export interface VitestResult {
	readonly numPassedTests: number;
	readonly numFailedTests: number;
	readonly testResults: readonly {
		readonly name: string;
		readonly status: 'passed' | 'failed';
		readonly startTime: number;
		readonly endTime: number;
		readonly assertionResults: readonly {
			readonly fullName: string;
			readonly status: 'passed' | 'failed' | 'pending' | 'skipped' | 'todo';
			readonly duration?: number | null;
		}[];
	}[];
}

/** How many passed and how many failed. */
export interface Tally {
	readonly passed: number;
	readonly failed: number;
}

/**
 * Counts the tests of a run. A file that failed without a failing test, because it could not be loaded or its hooks
 * threw, counts as one that failed.
 */
export function tally(result: VitestResult): Tally {
	const broken = result.testResults.filter(
		({ status, assertionResults }) =>
			status === 'failed' && !assertionResults.some((assertion) => assertion.status === 'failed'),
	);
	return { passed: result.numPassedTests, failed: result.numFailedTests + broken.length };
}
