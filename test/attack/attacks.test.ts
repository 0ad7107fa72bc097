/** Every attack, on our server: it ends as its rule says, costs little, and keeps nobody else waiting. docs/security.md has the figures. */
import { afterAll, describe, expect, test } from 'vitest';
import { Battlefield } from './driver/battlefield.ts';
import type { Attack } from './list/attack.ts';
import { GROUPS } from './list/attacks.ts';

/** Octets by which resident memory may grow. */
const MEMORY = 32 * 1024 * 1024;
/**
 * Milliseconds within which others are answered, beyond what an idle twin of the server took at the same moment: on a busy machine
 * both are late, and only the attack makes the difference. What an attack does to a server it does each time, and a machine that
 * is busy with something else is not so five times in a row.
 */
const PATIENCE = 250;
const TRIES = 5;
/** Milliseconds of processor time that a turn of the server's event loop may take; collecting garbage takes some 30. */
const HOLD = 150;

const field = new Battlefield('rsgi');
afterAll(() => field.end());

async function attacked(attack: Attack): Promise<void> {
	for (let attempt = 1; ; attempt++) {
		const { outcomes, grown, held, probes, smuggled, crashed } = await field.measure(attack);
		expect(crashed).toBe(false);
		// Whoever is still sending when the connection ends may lose the answer: TCP resets then.
		const unexpected = Object.keys(outcomes).filter(
			(outcome) => outcome !== 'closed' && !attack.allowed.includes(outcome),
		);
		expect(unexpected).toEqual([]);
		expect(Object.keys(outcomes).some((outcome) => attack.allowed.includes(outcome))).toBe(true);
		expect({ smuggled, failed: probes.failed }).toEqual({ smuggled: 0, failed: 0 });
		if (attempt < TRIES && (grown >= MEMORY || held >= HOLD || probes.excess >= PATIENCE)) continue;
		expect(grown).toBeLessThan(MEMORY);
		expect(held).toBeLessThan(HOLD);
		expect(probes.excess).toBeLessThan(PATIENCE);
		return;
	}
}

describe.each(Object.entries(GROUPS))('%s', (_group, attacks) => {
	test.each(attacks.map((attack): [string, string, Attack] => [attack.name, attack.rule, attack]))(
		'%s (%s)',
		async (_name, _rule, attack) => await attacked(attack),
		90_000,
	);
});
