/** A log on a disk that is full (ENOSPC, by /dev/full): requests are answered, and somebody is told. */
import { createWriteStream, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { logFile } from 'rsgi/log-file';
import { accessLog } from 'rsgi/middleware/access-log';
import { expect, test, vi } from 'vitest';
import { folder } from '../support/folder.ts';
import { probe } from '../support/raw-client.ts';
import { routesApp } from '../support/routes-app.ts';
import { served } from '../support/served.ts';

test('ENOSPC on a stream: each request is answered, and the loss is told', async () => {
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

test('ENOSPC on a file: lines wait, it is told once, and when there is room again nothing is lost', async () => {
	const path = join(folder({}), 'a.log');
	symlinkSync('/dev/full', path);
	const told: string[] = [];
	const file = logFile(path, (text) => told.push(text));
	const { port } = await served(accessLog({ to: file.take })(routesApp().app));
	for (let request = 0; request < 20; request++) expect(await probe(port)).toContain('hello, world');
	await vi.waitUntil(() => told.length > 0, 5000);
	rmSync(path);
	await vi.waitUntil(() => told.length > 1, 10_000);
	expect(told).toEqual([
		expect.stringContaining('cannot be written: ENOSPC'),
		expect.stringContaining('nothing is lost'),
	]);
	await probe(port);
	await file.flushed(5000);
	expect(readFileSync(path, 'utf8').match(/^.*"GET \/hello.*$/gm)).toHaveLength(21);
});

test('beyond 4 MiB that wait lines are lost, counted, and told', async () => {
	const path = join(folder({}), 'a.log');
	symlinkSync('/dev/full', path);
	const told: string[] = [];
	const file = logFile(path, (text) => told.push(text));
	const line = `${'x'.repeat(1023)}\n`;
	for (let count = 0; count < 4 * 1024 + 3; count++) file.take(line);
	await vi.waitUntil(() => told.length > 1, 5000);
	rmSync(path);
	file.reopen();
	await vi.waitUntil(() => told.length > 2, 10_000);
	expect(told).toEqual([
		expect.stringContaining('has lost 1 lines so far'),
		expect.stringContaining('ENOSPC'),
		expect.stringContaining('written again; it has lost 3 lines'),
	]);
	await file.flushed(5000);
	expect(readFileSync(path, 'utf8')).toBe(line.repeat(4 * 1024));
});
