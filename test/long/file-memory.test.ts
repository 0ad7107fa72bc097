import { mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sendFile } from 'rsgi/files';
import { expect, it, onTestFinished } from 'vitest';
import { rich } from '../../src/rich/app.ts';
import { pair } from '../../src/rich/pair.ts';
import { record } from '../support/record.ts';

const MIB = 1024 * 1024;
const SIZE = 1024 * MIB;

it('RICH-48 a file of 1 GiB streams in constant memory', async () => {
	const directory = await mkdtemp(join(tmpdir(), 'rsgi-huge-'));
	onTestFinished(() => rm(directory, { recursive: true }));
	const path = join(directory, 'huge');
	const file = await open(path, 'w');
	await file.truncate(SIZE);
	await file.close();

	const before = process.memoryUsage.rss();
	let most = before;
	let taken = 0;
	const { promise, resolve } = Promise.withResolvers<void>();
	const client = pair(rich((exchange) => sendFile(exchange, path)));
	client.events = {
		data(chunk) {
			taken += chunk.length;
			if (taken % (4 * MIB) === 0) most = Math.max(most, process.memoryUsage.rss());
		},
		end: () => resolve(),
	};
	await promise;
	expect(taken).toBe(SIZE);
	record('sendFile of 1 GiB: growth of the resident set', `${Math.round((most - before) / MIB)} MiB`);
	// Most of it is memory that the collector has not come round to.
	expect(most - before).toBeLessThan(256 * MIB);
});
