/** Caches that replay a placeholder. */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { escape } from 'rsgi/escape';
import { caches } from 'undici';
import { expect, onTestFinished } from 'vitest';
import { compatModule, type Untyped } from '../../support/compat-module.ts';
import { served } from '../../support/served.ts';
import { CACHED, cachedSite } from './cached-site.ts';
import { type Case, counting, FAILED, fetching, RICH, ran, refused } from './case.ts';
import type { Client } from './client.ts';

const SCRIPT = fileURLToPath(new URL('./cached-process.ts', import.meta.url));
const FROM_SOURCE = fileURLToPath(new URL('../../../scripts/from-source.ts', import.meta.url));

/** A file for what a cache keeps, which is gone when the test is over. */
function storeFile(): string {
	const folder = mkdtempSync(join(tmpdir(), 'rsgi-cache-'));
	onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
	return join(folder, 'kept.json');
}

async function started(name: string, file: string): Promise<{ child: ChildProcess; url: string }> {
	const child = fork(SCRIPT, [name, file], { execArgv: ['--import', FROM_SOURCE] });
	onTestFinished(() => void child.kill('SIGKILL'));
	const [url] = (await once(child, 'message')) as [string];
	return { child, url };
}

async function inSameProcess(client: Client, name: string): Promise<void> {
	const site = await served(cachedSite(name, storeFile()));
	await ran(client, site);
	await refused(client, site);
	await refused(client, site);
}

async function afterRestart(client: Client, name: string): Promise<void> {
	const file = storeFile();
	const first = await started(name, file);
	expect(await client.told(first.url)).toEqual(RICH);
	const gone = once(first.child, 'exit');
	first.child.kill('SIGKILL');
	await gone;
	const second = await started(name, file);
	expect(await client.told(second.url)).toEqual(FAILED);
	second.child.send('log');
	expect((await once(second.child, 'message'))[0]).toContain('ESC-12');
}

async function heedsNoStore(client: Client): Promise<void> {
	Object.defineProperty(globalThis, 'caches', { value: caches, configurable: true, writable: true });
	const { Hono } = compatModule('hono');
	const counted = counting();
	const app = new Hono();
	app.use(compatModule('hono/cache').cache({ cacheName: 'heeding', cacheControl: 'max-age=60', wait: true }));
	app.get('*', (c: Untyped) => escape(c.req.raw, counted.app));
	const site = await fetching(app);
	await ran(client, site);
	await ran(client, site);
	expect(counted.runs).toBe(2);
}

const by = (run: (client: Client, name: string) => Promise<void>): Case['seenIn'] =>
	Object.fromEntries(CACHED.map((name) => [name, (client: Client) => run(client, name)]));

export const CACHES: readonly Case[] = [
	{
		title: 'a cache replays a placeholder, in the same process',
		rules: 'ESC-12',
		happens: 'A 500, and the log says why. Nothing is run. A cache that heeds `no-store` has nothing to replay.',
		seenIn: { ...by(inSameProcess), 'Hono’s cache': heedsNoStore },
	},
	{
		title: 'a cache replays a placeholder, after a restart of the process',
		rules: 'ESC-12',
		happens: 'The same: no tag outlives its exchange.',
		seenIn: by(afterRestart),
	},
];
