/** The attacker, in a process of its own: runs the attack that it is told, and says how each of its connections ended. */
import { ATTACKS } from '../list/attacks.ts';
import type { Ports } from './victim-process.ts';

/** How often something happened to a connection of the attack. */
export type Tally = Readonly<Record<string, number>>;

async function run(name: string, ports: Ports): Promise<Tally> {
	const attack = ATTACKS.find((one) => one.name === name);
	if (attack === undefined) throw new Error(`there is no attack ${name}`);
	const tally: Record<string, number> = {};
	await attack.run(ports, (outcome) => {
		tally[outcome] = (tally[outcome] ?? 0) + 1;
	});
	return tally;
}

process.on('message', ({ name, ports }: { name: string; ports: Ports }) => {
	void run(name, ports).then((tally) => process.send?.(tally));
});
process.on('disconnect', () => process.exit());
