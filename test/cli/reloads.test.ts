/** SERVE-5: the application is loaded again under load, and not one request fails: HTTP/1 and HTTP/2, by clients that others wrote. */
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { makeCertificate } from '../support/certificate.ts';
import { command, succeed } from '../support/command.ts';
import { CountingRelay } from '../support/counting-relay.ts';
import { alive, answering, type Serving, serving, until, wordApp } from '../support/serving.ts';

const LOG = ['--access-log=json', '--access-log-file=a.log'];

/** The lines of the access log about the load, once the server has ended. */
async function loggedAtEnd({ run, cwd }: Serving): Promise<{ status: number; outcome: string }[]> {
	run.signal('SIGTERM');
	await run.ended;
	const lines = readFileSync(join(cwd, 'a.log'), 'utf8').trim().split('\n');
	return lines.map((line) => JSON.parse(line)).filter(({ agent }) => agent !== 'node');
}

test.each(['1', '2'])(
	'SERVE-1, SERVE-5: h2load over HTTP/1, %s workers changed twice: not one request fails',
	async (count) => {
		const server = await serving(['--workers', count, ...LOG]);
		const { run, url, change } = server;
		const before = await answering(url, Number(count));
		const loading = command('h2load', ['--h1', '-c', '8', '-D', '8', url]);
		run.signal('SIGHUP');
		await run.prints(/has been loaded again/);
		change(wordApp('new'));
		run.signal('SIGHUP');
		await until(async () => (await (await fetch(url)).text()).startsWith('new'));
		const { stdout } = await loading;
		const [, succeeded = '', failed] = /(\d+) succeeded, (\d+) failed/.exec(stdout) ?? [];
		expect(Number(succeeded), stdout).toBeGreaterThan(0);
		expect(failed, stdout).toBe('0');
		await until(async () => ![...before].some(alive));
		const loads = await loggedAtEnd(server);
		// Those that h2load breaks off itself when its time is over are no complete ones.
		const cut = loads.filter(({ outcome }) => outcome === 'shutdown' || outcome === 'timeout' || outcome === 'aborted');
		expect(cut).toEqual([]);
		const answered = loads.filter(({ status, outcome }) => status === 200 && outcome === 'complete').length;
		expect(answered).toBeGreaterThanOrEqual(Number(succeeded));
	},
);

/** Go's net/http over HTTP/2 of TLS: `end` resolves with what it has counted. */
async function goLoad(url: string): Promise<{ end: () => Promise<Record<string, unknown>> }> {
	const program = join(tmpdir(), `rsgi-load-${process.pid}`);
	await succeed('go', ['build', '-o', program, fileURLToPath(new URL('../support/load.go', import.meta.url))]);
	const child = spawn(program, [url, '4', '8'], { stdio: ['pipe', 'pipe', 'inherit'] });
	const ended = new Promise((resolve) => child.once('close', resolve));
	let printed = '';
	child.stdout.on('data', (chunk) => {
		printed += chunk;
	});
	onTestFinished(async () => {
		child.kill();
		await ended;
		await succeed('rm', ['-f', program]);
	});
	return {
		end: async () => {
			child.stdin.end();
			await ended;
			return JSON.parse(printed);
		},
	};
}

test('SERVE-1, SERVE-5: net/http of Go over HTTP/2, workers changed five times: not one request fails', async () => {
	const pair = await makeCertificate('localhost');
	const files = { 'c.pem': pair.cert, 'k.pem': pair.key };
	const server = await serving(['--workers', '2', '--cert', 'c.pem', '--key', 'k.pem', ...LOG], files);
	const { run, url } = server;
	const load = await goLoad(url);
	for (let round = 0; round < 5; round++) {
		const told = run.count(/has been loaded again/);
		run.signal('SIGHUP');
		await until(async () => run.count(/has been loaded again/) > told);
		// Those from before have gone, and with them every connection that they had.
		await until(async () => (await living(server)) === 2);
	}
	const { succeeded, failed, dialled, why } = await load.end();
	expect([failed, why]).toEqual([0, '']);
	expect(succeeded).toBeGreaterThan(100);
	// Each of the four had to begin anew each time.
	expect(dialled).toBeGreaterThanOrEqual(4 * 6);
	const loads = await loggedAtEnd(server);
	expect(loads.filter(({ status, outcome }) => status !== 200 || outcome !== 'complete')).toEqual([]);
	expect(loads.length).toBeGreaterThanOrEqual(Number(succeeded));
});

/** How many workers there are. */
async function living({ run }: Serving): Promise<number> {
	const { stdout } = await command('pgrep', ['-P', String(run.pid)]);
	return stdout.trim().split('\n').length;
}

/**
 * h2load opens no other connection when it is told GOAWAY, whichever server does, and may count as failed what it had put aside to
 * send, and the next that it would have liked to (decisions/025). So what it sends is counted on its way: all of that is answered.
 */
test('SERVE-1, SERVE-5: h2load over HTTP/2: whatever it had sent when its workers went was answered', async () => {
	const server = await serving(['--workers', '2', ...LOG]);
	const { run, url } = server;
	const before = await answering(url, 2);
	const relay = new CountingRelay(Number(new URL(url).port));
	const port = await relay.listen();
	const loading = command('h2load', ['-c', '4', '-m', '4', '-n', '10000000', `http://127.0.0.1:${port}/`]);
	await until(async () => relay.answered > 100);
	run.signal('SIGHUP');
	await until(async () => ![...before].some(alive));
	const { stdout } = await loading;
	const [, succeeded] = /(\d+) succeeded/.exec(stdout) ?? [];
	// It has heard the first of the two on each connection, if it was gone before the second.
	expect(relay.goaways, stdout).toBeGreaterThanOrEqual(4);
	expect([relay.answered, relay.resets], stdout).toEqual([relay.requests, 0]);
	expect(Number(succeeded), stdout).toBe(relay.requests);
	expect((await loggedAtEnd(server)).filter(({ outcome }) => outcome !== 'complete')).toEqual([]);
});
