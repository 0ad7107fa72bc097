/** A gibibyte up and a gibibyte down through a Python worker: neither process holds it. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, onTestFinished, test } from 'vitest';
import { succeed } from '../support/command.ts';
import { record } from '../support/record.ts';
import { APPS, Told } from '../support/wsgi-site.ts';

const GIB = 1024 ** 3;
/** How much a transfer may add to the peak of the resident memory of both processes, in bytes. */
const BOUND = 160 * 1024 ** 2;
const SERVER = fileURLToPath(new URL('../support/wsgi-server.ts', import.meta.url));
const FROM_SOURCE = fileURLToPath(new URL('../../scripts/from-source.ts', import.meta.url));

/** The peak of a process's resident memory, in bytes. */
function peak(pid: number): number {
	return 1024 * Number(/^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))?.[1]);
}

describe.each([
	['HTTP/1.1', '--http1.1'],
	['HTTP/2', '--http2-prior-knowledge'],
])('1 GiB through a worker over %s', (version, option) => {
	async function bounded(what: string, line: (url: string) => string): Promise<void> {
		const told = new Told();
		const child = spawn(process.execPath, ['--import', FROM_SOURCE, SERVER, APPS, told.folder, 'raw_site:app', '1'], {
			stdio: ['ignore', 'pipe', 'inherit'],
		});
		onTestFinished(() => void child.kill('SIGKILL'));
		const [first] = (await once(child.stdout, 'data')) as [Buffer];
		const url = first.toString().trim();
		const worker = Number(await succeed('pgrep', ['-P', String(child.pid)]));
		await succeed('bash', ['-c', `curl -sS ${option} ${url}/hello/a`]);
		const before = peak(child.pid as number) + peak(worker);
		const began = performance.now();
		expect((await succeed('bash', ['-o', 'pipefail', '-c', line(url)])).trim()).toBe(String(GIB));
		const grown = peak(child.pid as number) + peak(worker) - before;
		const seconds = ((performance.now() - began) / 1000).toFixed(1);
		record(`WSGI, ${version}: ${what}`, `${(grown / 1024 ** 2).toFixed(1)} MiB more at the peak, ${seconds} s`);
		expect(grown).toBeLessThan(BOUND);
	}

	test('download', () => bounded('1 GiB download', (url) => `curl -sS ${option} '${url}/download?mib=1024' | wc -c`));

	test('a file', () => bounded('1 GiB file', (url) => `curl -sS ${option} '${url}/file?mib=1024' | wc -c`));

	test('upload', () =>
		bounded('1 GiB upload', (url) => `head -c ${GIB} /dev/zero | curl -sS ${option} -T - -X POST '${url}/size'`));
});
