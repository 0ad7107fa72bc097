/** `rsgi serve`: from a command line to a server that listens. */
import { relative } from 'node:path';
import { connectionSettings } from '../connection/settings.ts';
import { stderrLog, verboseLog } from '../host/node/log.ts';
import { CertificateFiles } from './certificate-files.ts';
import type { ServeLine } from './command-line.ts';
import { FAILED, Failure } from './failure.ts';
import type { Inspected } from './inspect/look.ts';
import { tell } from './messages-to-people.ts';
import { Site } from './site.ts';
import { stopOnSignal } from './stop-on-signal.ts';
import { tlsPair } from './tls-pair.ts';
import { reloadOnSignal } from './wsgi-site.ts';

/**
 * Serves the entry until a signal comes. Resolves when the server listens.
 * @throws Failure when it cannot be served
 */
export async function serveCommand(line: ServeLine): Promise<void> {
	const { operating } = line;
	if (operating?.workers !== undefined || operating?.watch === true) await serveByWorkers(line);
	else await serveHere(line);
}

function stopTime(line: ServeLine): number {
	return line.operating?.stopTimeout ?? connectionSettings(line.settings).timeouts.stop;
}

async function serveHere(line: ServeLine): Promise<void> {
	const site = new Site(line);
	const tls = await tlsPair(line.tls);
	const server = await site.start({ ...line.listen, ...(tls === null ? {} : { tls }) }, null);
	await showInspector(line, site.watched);
	const certificates = CertificateFiles.of(line.tls, (pair) => server.setCertificates(pair));
	if (site.python !== null) reloadOnSignal(site.python);
	if (certificates !== null || line.operating?.accessLogFile !== undefined || site.python === null) {
		process.on('SIGHUP', () => {
			certificates?.reload();
			site.reopen();
			if (site.python === null && certificates === null && line.operating?.accessLogFile === undefined) {
				tell.problem('SIGHUP: one process cannot load its application again: start with --workers 1, or more.');
			}
		});
	}
	if (line.operating?.accessLogFile !== undefined) process.on('SIGUSR1', () => site.reopen());
	stopOnSignal(
		{
			stop: () => site.stop(0),
			kill: () => void server.close({ graceful: false }),
			get connections() {
				return server.connections;
			},
		},
		stopTime(line),
	);
	console.log(`Listening on ${server.url}`);
}

/** Shows the page that looks into the server, if it is asked for. It ends with the process. */
async function showInspector(line: ServeLine, inspected: Inspected | null): Promise<void> {
	const where = line.operating?.inspect;
	if (where === undefined || inspected === null) return;
	const { Inspector } = await import('./inspect/inspector.ts');
	const page = await new Inspector(inspected).listen(where, line.verbose ? verboseLog : stderrLog);
	tell.news(`the inspector is at ${page.url}`);
}

/** The application is in processes of their own, so that it can be loaded again. */
async function serveByWorkers(line: ServeLine): Promise<void> {
	const { Supervisor } = await import('./workers/supervisor.ts');
	const { FileWatch } = await import('./workers/file-watch.ts');
	const { watch = false, workers = 1, workerTimeout = 0 } = line.operating ?? {};
	const tls = await tlsPair(line.tls);
	const files = watch ? new FileWatch((path) => reload(`${relative(process.cwd(), path)} has changed`)) : null;
	const supervisor = new Supervisor(line, tls, {
		count: workers,
		timeout: workerTimeout,
		stop: stopTime(line),
		file: files === null ? null : (path) => files.add(path),
	});
	await showInspector(line, supervisor.inspected);
	let url = '';
	let reloading: Promise<void> | null = null;
	let again: string | null = null;

	/** Loads again; while that is under way, once more behind it. */
	const reload = (why: string): void => {
		if (reloading !== null) {
			again = why;
			return;
		}
		tell.news(`${why}: loading the application again.`);
		const began = performance.now();
		reloading = (url === '' ? begin() : supervisor.reload())
			.then(
				() => {
					if (files !== null) files.any = false;
					tell.news(`the application has been loaded again, in ${Math.round(performance.now() - began)} ms.`);
				},
				(error: unknown) => {
					if (files !== null) files.any = true;
					const old = url === '' ? 'Nothing is served yet' : 'What was served before is still served';
					tell.error(`${(error as Error).message}\n\n${old}.`);
				},
			)
			.then(() => {
				reloading = null;
				const next = again;
				again = null;
				if (next !== null) reload(next);
			});
	};
	const begin = async (): Promise<void> => {
		const address = await supervisor.start(line.listen);
		const scheme = tls === null ? 'http' : 'https';
		url = address.family === 'unix' ? `unix:${address.path}` : urlOf(scheme, address.address, address.port);
		console.log(`Listening on ${url}`);
	};

	stopOnSignal(
		{
			stop: () => supervisor.stop(),
			kill: () => supervisor.kill(),
			get connections() {
				return supervisor.connections;
			},
		},
		stopTime(line),
	);
	const certificates = CertificateFiles.of(line.tls, (pair) => supervisor.setCertificates(pair));
	let started = false;
	let hungUp = false;
	const hangUp = (): void => {
		// One that comes while the first workers start is for later; without a listener it would end the process.
		hungUp = !started;
		if (hungUp) return;
		certificates?.reload();
		supervisor.reopen();
		reload('SIGHUP');
	};
	process.on('SIGHUP', hangUp);
	process.on('SIGUSR1', () => supervisor.reopen());
	try {
		await begin();
	} catch (error) {
		if (files === null || !(error instanceof Failure) || error.exitCode !== FAILED) throw error;
		files.any = true;
		tell.error(`${error.message}\n\nWaiting for a change of its files.`);
	}
	started = true;
	if (hungUp) hangUp();
	if (workers > 1) tell.news(`${supervisor.serving} workers serve; SIGHUP loads the application again.`);
}

function urlOf(scheme: string, address: string, port: number): string {
	const host = address === '::' ? '::1' : address === '0.0.0.0' ? '127.0.0.1' : address;
	return `${scheme}://${host.includes(':') ? `[${host}]` : host}:${port}`;
}
