/** Python workers that are killed again and again under load: each request is answered or cut, and none hangs. */
import { describe, expect, test, vi } from 'vitest';
import { ended, site } from '../support/wsgi-site.ts';

describe('WSGI-20: worker death under load', () => {
	test('every request ends, in 200 or 502, and the last of them in 200', async () => {
		const at = await site({ workers: 2, threads: 2 });
		const seen = new Map<string, number>();
		let stopped = false;
		let deaths = 0;
		const client = async (): Promise<void> => {
			while (!stopped) {
				let how: string;
				try {
					const response = await fetch(`${at.url}/pid`);
					await response.text();
					how = String(response.status);
				} catch {
					how = 'cut';
				}
				seen.set(how, (seen.get(how) ?? 0) + 1);
			}
		};
		const clients = Array.from({ length: 8 }, client);
		for (; deaths < 5; deaths++) {
			const before = seen.get('200') ?? 0;
			await vi.waitUntil(() => (seen.get('200') ?? 0) >= before + 20, { timeout: 20_000, interval: 5 });
			// Of a worker that has just been killed this is a 502.
			let pid = Number.NaN;
			while (Number.isNaN(pid)) pid = Number.parseInt(await at.text('/pid'), 10);
			process.kill(pid, 'SIGKILL');
			await ended(pid);
		}
		stopped = true;
		await Promise.all(clients);
		expect([...seen.keys()].every((how) => ['200', '502', 'cut'].includes(how))).toBe(true);
		await vi.waitUntil(async () => /^\d+ /.test(await at.text('/pid')), { timeout: 20_000 });
		expect(at.lines.filter((line) => line.includes('SIGKILL')).length).toBe(5);
	});
});
