/** A log on a disk that is full (ENOSPC, by /dev/full): requests are answered, and somebody is told. */
import { createWriteStream } from 'node:fs';
import { accessLog } from 'rsgi/middleware/access-log';
import { expect, test, vi } from 'vitest';
import { probe } from '../support/raw-client.ts';
import { routesApp } from '../support/routes-app.ts';
import { served } from '../support/served.ts';

test('ENOSPC: each request is answered, and the loss is told', async () => {
	const failures: string[] = [];
	const to = createWriteStream('/dev/full');
	const app = accessLog({ to, failed: (error: unknown) => failures.push(String(error)) })(routesApp().app);
	const { port } = await served(app);
	for (let request = 0; request < 50; request++) expect(await probe(port)).toContain('hello, world');
	await vi.waitUntil(() => failures.length > 1);
	expect(failures[0]).toContain('ENOSPC');
	expect(failures.join()).toContain('The access log is closed');
	// It is not told for each of them.
	expect(failures.length).toBeLessThan(5);
});
