/** `rsgi validate`: drives an application through a set of requests, with the validator of its layer round it. */
import { Console } from 'node:console';
import { adapt } from '../../adapter/adapt.ts';
import type { LogEntry } from '../../host/node/log.ts';
import { type Server, serve } from '../../host/node/serve.ts';
import { rich } from '../../rich/app.ts';
import { type ValidatedApp, validate } from '../../validate/validators.ts';
import { Misuse } from '../../wire/fault.ts';
import { layerOf } from '../../wire/layer.ts';
import type { CommandLine } from '../command-line.ts';
import { loadEntry } from '../entry.ts';
import { FAILED, Failure } from '../failure.ts';
import { Gathered, type Report, reportText } from './findings-report.ts';
import { askHttp1 } from './http1-client.ts';
import { askHttp2 } from './http2-client.ts';
import type { Probe } from './probe.ts';
import { PROBES, TARGETS } from './probes.ts';

/** How long what a client left behind may take to be closed, in milliseconds, before the server stops. */
const SETTLE = 50;

/**
 * Validates the entry, and prints the report. The process then ends, with 1 when something was found.
 * @throws Failure when there is no application to validate
 */
export async function validateCommand(line: CommandLine & { readonly command: 'validate' }): Promise<void> {
	// What the application prints must not get into the report, whether by the console or by the stream itself.
	globalThis.console = new Console(process.stderr, process.stderr);
	const print = process.stdout.write.bind(process.stdout) as (text: string, done: () => void) => boolean;
	process.stdout.write = process.stderr.write.bind(process.stderr);
	const app = await loadEntry(line);
	const gathered = new Gathered();
	// Neither Request and Response nor Node's objects have a validator of ours: these are checked as the rich ones they are run as.
	const checkable = (/^(fetch|node)/.test(layerOf(app) ?? '') ? adapt(app, 'rich') : app) as ValidatedApp;
	const checked = adapt(validate(checkable, { report: (finding) => gathered.add(finding) }), 'rich');
	const left = (error: unknown): void => failed(error, 'A promise that nobody awaits', gathered);
	process.on('unhandledRejection', left);
	process.on('uncaughtException', left);
	const server = await started(checked, gathered);
	const requests = await driven(server, line, gathered);
	await new Promise((resolve) => setTimeout(resolve, SETTLE));
	gathered.begin('the end of the server');
	await server.close({ graceful: false });
	const report: Report = { entry: line.entry, layer: layerOf(app) ?? '', requests, findings: gathered.all };
	const text = line.json ? `${JSON.stringify(report, null, '\t')}\n` : reportText(report);
	// An application may leave timers or sockets behind: its process does not end by itself.
	await new Promise<void>((resolve) => print(text, resolve));
	process.exit(report.findings.length === 0 ? 0 : FAILED);
}

async function started(app: ReturnType<typeof rich>, gathered: Gathered): Promise<Server> {
	const start = async (): Promise<void> => {
		try {
			await app.start?.();
		} catch (error) {
			throw new Failure(FAILED, `the application failed to start:\n\n${(error as Error)?.stack ?? String(error)}`);
		}
	};
	const log = (entry: LogEntry): void => {
		if (entry.source !== 'application') return;
		// A misuse that a server refuses was told by the validator already, in its own words.
		if (!(entry.error instanceof Misuse && gathered.fresh))
			failed(entry.error ?? entry.message, entry.message, gathered);
	};
	return await serve(rich(app, { start, stop: app.stop?.bind(app), protocols: app.protocols }), { port: 0, log });
}

/** Something was thrown that nobody caught. */
function failed(error: unknown, where: string, gathered: Gathered): void {
	const request = / in (\S+ \S+)/.exec(where)?.[1] ?? 'A request';
	if (error instanceof Misuse) {
		gathered.add({ party: 'application', rule: error.rule, message: error.message, fix: 'Do as it says.', request });
		return;
	}
	const message = `It failed: ${error instanceof Error ? `${error.name}: ${error.message}` : String(error)}`;
	const fix = 'Catch it, and answer with a status that says what happened.';
	gathered.add({ party: 'application', rule: 'VALID-33', message, fix, request });
}

/** Makes all requests, one after the other. */
async function driven(
	server: Server,
	{ paths, timeout }: CommandLine & { readonly command: 'validate' },
	gathered: Gathered,
): Promise<number> {
	const { address } = server;
	if (address.family === 'unix') throw new Error('The server listens on a Unix socket.');
	let requests = 0;
	const ask = async (probe: Probe, path: string): Promise<void> => {
		const target = probe.target ?? path;
		for (const [version, client] of [
			['HTTP/1', askHttp1],
			['HTTP/2', askHttp2],
		] as const) {
			if (probe.only !== undefined && probe.only.startsWith('1') !== (version === 'HTTP/1')) continue;
			gathered.begin(`${probe.name}, ${version}`);
			requests++;
			const { answered } = await client(address.port, probe, target, timeout);
			if (answered || gathered.fresh) continue;
			const message = `No response has begun within ${timeout} ms.`;
			const fix = 'Answer each request, or allow more time by --timeout.';
			gathered.add({ party: 'application', rule: 'VALID-33', message, fix, request: `${probe.method} ${target}` });
		}
	};
	for (const path of new Set(['/', ...paths])) for (const probe of PROBES) await ask(probe, path);
	for (const probe of TARGETS) await ask(probe, '/');
	return requests;
}
