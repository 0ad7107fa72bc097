/** `rsgi serve`: from a command line to a server that listens. */
import { adapt } from '../adapter/adapt.ts';
import { visibleLine } from '../adapter/gateway-server/line-log.ts';
import { connectionSettings } from '../connection/settings.ts';
import { stderrLog, verboseLog } from '../host/node/log.ts';
import { type Server, serve } from '../host/node/serve.ts';
import type { ServeOptions } from '../host/node/serve-options.ts';
import { type RichApp, rich } from '../rich/app.ts';
import type { CommandLine } from './command-line.ts';
import { loadEntry } from './entry.ts';
import { FAILED, Failure } from './failure.ts';
import { stopOnSignal } from './stop-on-signal.ts';
import { tlsPair } from './tls-pair.ts';
import { reloadOnSignal, wsgiSite } from './wsgi-site.ts';

/**
 * Serves the entry until a signal comes. Resolves when the server listens.
 * @throws Failure when it cannot be served
 */
export async function serveCommand(line: CommandLine & { readonly command: 'serve' }): Promise<void> {
	const log = line.verbose ? verboseLog : stderrLog;
	const site = line.wsgi === undefined ? null : await wsgiSite(line.wsgi, log);
	const tls = await tlsPair(line.tls);
	const app = adapt(site ?? (await loadEntry(line)), 'rich', {
		errors: (text) => log({ source: 'application', message: visibleLine(text) }),
	});
	const server = await started(app, { ...line.listen, log, ...(tls === null ? {} : { tls }) });
	if (site !== null) reloadOnSignal(site);
	stopOnSignal(server, connectionSettings().timeouts.stop);
	console.log(`Listening on ${server.url}`);
}

async function started(app: RichApp, options: ServeOptions): Promise<Server> {
	// The application's own failure is told apart from that of the server, whose messages need no stack.
	const start = async (): Promise<void> => {
		try {
			await app.start?.();
		} catch (error) {
			throw new Failure(
				FAILED,
				`the application failed to start:\n\n${error instanceof Error ? error.stack : String(error)}`,
			);
		}
	};
	try {
		return await serve(rich(app, { start, stop: app.stop?.bind(app), protocols: app.protocols }), options);
	} catch (error) {
		if (error instanceof Failure) throw error;
		throw new Failure(FAILED, (error as Error).message);
	}
}
