/** Serves Python applications for tests. */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gatewayToRich } from 'rsgi/adapters';
import type { GatewayApp } from 'rsgi/gateway';
import { type WsgiApp, type WsgiOptions, wsgi } from 'rsgi/wsgi';
import { onTestFinished, vi } from 'vitest';
import { SYSTEM_PYTHON } from '../../scripts/pythons.ts';
import { type Served, served } from './served.ts';

/** The system's Python, unless another is to be tested. */
export const PYTHON: string = process.env.RSGI_TEST_PYTHON ?? SYSTEM_PYTHON;
export const APPS: string = fileURLToPath(new URL('../wsgi/apps/', import.meta.url));

/** What an application and its test tell each other, by files. */
export class Told {
	readonly folder: string = mkdtempSync(join(tmpdir(), 'rsgi-wsgi-'));

	constructor() {
		onTestFinished(() => rmSync(this.folder, { recursive: true, force: true }));
	}

	/** Tells the application something. */
	tell(name: string, text: string | Uint8Array = ''): void {
		writeFileSync(join(this.folder, name), text);
	}

	/** What it has told; empty for nothing. */
	read(name: string): string {
		const path = join(this.folder, name);
		return existsSync(path) ? readFileSync(path, 'utf8') : '';
	}

	/** Waits until it has told it. */
	async until(name: string, pattern: RegExp | string = ''): Promise<string> {
		await vi.waitUntil(() => existsSync(join(this.folder, name)) && this.read(name).search(pattern) >= 0, WAIT);
		return this.read(name);
	}
}

/** How long tests wait for what certainly comes. */
export const WAIT = { timeout: 20_000, interval: 5 } as const;

/** A Python application that is served. */
export interface Site extends Served {
	readonly app: WsgiApp;
	readonly told: Told;
	/** What the workers told. */
	readonly lines: string[];
	/** What went to `wsgi.errors`. */
	readonly errors: string[];
	/** The content of a response to GET. */
	text(path: string): Promise<string>;
}

/** Serves `test/wsgi/apps/probe.py`, or another; it ends with the test. */
export async function site(
	options: WsgiOptions = {},
	name = 'probe',
	wrap: (app: WsgiApp) => GatewayApp = (app) => app,
): Promise<Site> {
	const told = new Told();
	const lines: string[] = [];
	const errors: string[] = [];
	const app = wsgi(name, {
		python: PYTHON,
		chdir: APPS,
		workers: 1,
		threads: 2,
		log: (message, error) => lines.push(error === undefined ? message : `${message}\n${(error as Error).stack}`),
		...options,
		env: { TOLD: told.folder, PYTHONDONTWRITEBYTECODE: '1', ...options.env },
	});
	const server = await served(gatewayToRich(wrap(app), { errors: (line) => void errors.push(line) }), {
		timeouts: { stop: 1000 },
	});
	const text = async (path: string): Promise<string> => await (await fetch(server.url + path)).text();
	return { ...server, app, told, lines, errors, text };
}

/** Whether a process lives. */
export function lives(pid: number): boolean {
	try {
		process.kill(pid, 0);
	} catch {
		return false;
	}
	// What has ended and has not been waited for is there, too.
	return !/^\d+ \(.*\) Z/s.test(readFileSync(`/proc/${pid}/stat`, 'latin1'));
}

/** Waits until a process has ended. */
export async function ended(pid: number): Promise<void> {
	await vi.waitUntil(() => !lives(pid), WAIT);
}
