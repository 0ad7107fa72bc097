/** A short search of each target, the same every time: `npm run fuzz -- http1 --minutes 10` is a long one. */
import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { ROOT } from '../../scripts/package-entries.ts';
import { succeed } from '../support/command.ts';

const at = (path: string): string => fileURLToPath(new URL(path, ROOT));

/** How many inputs each gets, beside its corpus. */
const RUNS: Readonly<Record<string, number>> = {
	channel: 5000,
	escape: 10_000,
	hpack: 20_000,
	http1: 2000,
	http2: 1000,
	websocket: 5000,
};

describe('no input breaks a law', () => {
	test('each target has its run', () => {
		const targets = readdirSync(at('test/fuzz/target')).map((file) => file.replace(/\.ts$/, ''));
		expect(targets.sort()).toEqual(Object.keys(RUNS));
	});
	for (const [target, runs] of Object.entries(RUNS)) {
		test(target, async () => {
			const hooks = ['--disable-warning=ExperimentalWarning', '--import', at('test/fuzz/counted.ts')];
			const bounds = ['--runs', String(runs), '--seed', '1', '--keep', 'no'];
			const stdout = await succeed(process.execPath, [...hooks, at('test/fuzz/run.ts'), target, ...bounds]);
			expect(stdout).toContain(`${target}: `);
		});
	}
	test("the worker's decoder of the channel", async () => {
		const stdout = await succeed('/usr/bin/python3', [at('test/fuzz/channel_decoder.py'), '1500', '1']);
		expect(stdout).toContain('channel_decoder: 1500 inputs');
	});
});
