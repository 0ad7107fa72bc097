/** Uploads and downloads through a Python worker, by curl and by httpx, and how much memory the server and its worker take for them. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';
import { SYSTEM_PYTHON } from '../../scripts/pythons.ts';
import { succeed } from './command.ts';
import { APPS, Told } from './wsgi-site.ts';

const pathOf = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
const SERVER = pathOf('./wsgi-server.ts');
const FROM_SOURCE = pathOf('../../scripts/from-source.ts');
const HTTPX = pathOf('./httpx-client.py');

/** A client, and what it speaks. */
export interface TransferClient {
	readonly name: string;
	readonly version: 'HTTP/1.1' | 'HTTP/2';
	readonly tls: boolean;
	/** The shell's line that prints how many octets went. */
	readonly line: (way: Way, mib: number, url: string) => string;
}

/** `file` is a download by `wsgi.file_wrapper`. */
export type Way = 'download' | 'file' | 'upload';

const curl =
	(option: string): TransferClient['line'] =>
	(way, mib, url) =>
		way === 'upload'
			? `head -c ${mib * 1024 ** 2} /dev/zero | curl -sSk ${option} -T - -X POST '${url}/size'`
			: `curl -sSk ${option} '${url}/${way}?mib=${mib}' | wc -c`;

const httpx =
	(version: string): TransferClient['line'] =>
	(way, mib, url) => {
		const target = way === 'upload' ? `${url}/size` : `${url}/${way}?mib=${mib}`;
		const ways = way === 'upload' ? 'upload' : 'download';
		return `${SYSTEM_PYTHON} ${HTTPX} ${ways} ${version} ${mib} '${target}' | sed -n 's#^${version.toUpperCase()} ##p'`;
	};

const clients = (version: 'HTTP/1.1' | 'HTTP/2', tls: boolean): TransferClient[] => {
	const option = version === 'HTTP/1.1' ? '--http1.1' : tls ? '--http2' : '--http2-prior-knowledge';
	const spoken = version.toLowerCase();
	const name = (client: string): string => `${client}, ${version}${tls ? ' over TLS' : ''}`;
	return [
		{ name: name('curl'), version, tls, line: curl(option) },
		{ name: name('httpx'), version, tls, line: httpx(spoken) },
	];
};

/** Both clients, both versions, plain and over TLS. */
export const CLIENTS: readonly TransferClient[] = [false, true].flatMap((tls) => [
	...clients('HTTP/1.1', tls),
	...clients('HTTP/2', tls),
]);

/** The peak of a process's resident memory, in bytes. */
function peak(pid: number): number {
	return 1024 * Number(/^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))?.[1]);
}

/** What came of a transfer. */
export interface Transferred {
	/** How many octets the receiver has counted. */
	readonly size: number;
	/** How much more memory the server and its worker had at their peaks, in bytes. */
	readonly grown: number;
	readonly seconds: number;
}

/** Starts a server of the raw site with one worker, and transfers so much. */
export async function transferred({ tls, line }: TransferClient, way: Way, mib: number): Promise<Transferred> {
	const told = new Told();
	const args = [APPS, told.folder, 'raw_site:app', '1', tls ? 'tls' : 'plain'];
	const child = spawn(process.execPath, ['--import', FROM_SOURCE, SERVER, ...args], {
		stdio: ['ignore', 'pipe', 'inherit'],
	});
	onTestFinished(() => void child.kill('SIGKILL'));
	const [first] = (await once(child.stdout, 'data')) as [Buffer];
	const url = first.toString().trim();
	const worker = Number(await succeed('pgrep', ['-P', String(child.pid)]));
	// A little of the same first, so that what is loaded and compiled for it is not counted.
	await succeed('bash', ['-o', 'pipefail', '-c', line(way, 1, url)]);
	const both = (): number => peak(child.pid as number) + peak(worker);
	const before = both();
	const began = performance.now();
	const size = Number(await succeed('bash', ['-o', 'pipefail', '-c', line(way, mib, url)]));
	return { size, grown: both() - before, seconds: (performance.now() - began) / 1000 };
}
