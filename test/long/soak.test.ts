/** A mixed load for minutes: the heap and the handles do not grow. RSGI_SOAK_SECONDS chooses how long; 120 by default. */
import { expect, test } from 'vitest';
import { record } from '../support/record.ts';
import { soaked } from '../support/soak.ts';

const SECONDS = Number(process.env.RSGI_SOAK_SECONDS ?? 120);
/** How much more may be reachable after a collection at the end than after the first rounds, in bytes. */
const BOUND = 2 * 1024 ** 2;

test(`${SECONDS} seconds of a mixed load`, async () => {
	const { rounds, bytes, handles } = await soaked(SECONDS, Number.POSITIVE_INFINITY, 5000);
	record(
		`soak of ${SECONDS} s`,
		`${rounds} rounds, ${(bytes / 1024 ** 2).toFixed(1)} MiB more reachable after the last than after the third, ${handles} handles more`,
	);
	expect(bytes).toBeLessThan(BOUND);
	expect(handles).toBeLessThanOrEqual(0);
});
