/** An application of Python, as `rsgi serve --wsgi` serves it. */
import type { Log } from '../host/node/log.ts';
import { type WsgiApp, wsgi } from '../wsgi/wsgi.ts';
import { Failure, USAGE } from './failure.ts';
import { remoteApps } from './remote-apps.ts';
import type { WsgiLine } from './wsgi-line.ts';

/**
 * Makes the application, whose workers tell the server's log what becomes of them.
 * @throws Failure for options that make no sense
 */
export async function wsgiSite({ name, options, remotes: lines }: WsgiLine, log: Log): Promise<WsgiApp> {
	const remotes = await remoteApps(lines);
	try {
		return wsgi(name, { ...options, remotes, log: (message, error) => log({ source: 'application', message, error }) });
	} catch (error) {
		throw new Failure(USAGE, (error as Error).message);
	}
}

/** SIGHUP loads it again. */
export function reloadOnSignal(site: WsgiApp): void {
	process.on('SIGHUP', () => {
		console.error('rsgi: SIGHUP: loading the application again.');
		site.reload().then(
			() => console.error('rsgi: the application has been loaded again.'),
			(error: unknown) => console.error('rsgi: the workers stay as they were:\n', error),
		);
	});
}
