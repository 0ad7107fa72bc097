/** Rounds of everything: `test/long/soak.test.ts` is the same for minutes. */
import { expect, test } from 'vitest';
import { soaked } from '../support/soak.ts';

test('a few rounds of HTTP/1, HTTP/2, WebSockets, escapes, events and Python leave nothing behind', {
	timeout: 120_000,
}, async () => {
	const { rounds, bytes, handles } = await soaked(60, 6, 500);
	expect(rounds).toBeGreaterThan(0);
	expect(bytes).toBeLessThan(2 * 1024 ** 2);
	expect(handles).toBeLessThanOrEqual(0);
});
