/** WSGI applications of Python, in worker processes, as applications of the bytes layer. */
import { type GatewayApp, gateway } from '../layer/gateway/app.ts';
import { described } from '../rich/described.ts';
import { joinedHooks } from '../rich/joined-hooks.ts';
import { Misuse } from '../wire/fault.ts';
import { Call } from './call.ts';
import { isRichRemote } from './escape/remotes.ts';
import { type WsgiOptions, wsgiSettings } from './options.ts';
import { Pool } from './pool.ts';

export type { Remote, Remotes } from './escape/remotes.ts';
export type { WsgiOptions } from './options.ts';
export { NotLoaded, PythonError, WorkerLost } from './python-error.ts';

/** A WSGI application that runs in Python. It is started and stopped with the server, or by `start()` and `stop()`. */
export interface WsgiApp extends GatewayApp {
	/**
	 * Puts new workers in the place of all, and lets those before end their requests.
	 * @throws PythonError or NotLoaded when the application cannot be loaded; then the workers stay as they are
	 */
	readonly reload: () => Promise<void>;
}

/**
 * Runs a WSGI application (PEP 3333), as of Django or Flask, in Python processes. What it gives is an application of the bytes
 * layer: adapt it, or mount it beside others.
 *
 * @param name `module:callable`, imported from the folder `chdir`; `module:factory()` calls a factory; without a
 *   callable it is `application`
 * @param options how many processes and threads, and how long things may take
 * @throws Misuse for a name or options that make no sense (WSGI-1)
 * @example
 * const site = wsgi('mysite.wsgi:application', { chdir: './mysite', workers: 2, threads: 4 });
 * await serve(adapt(mount({ '/': site, '/live': live }), 'rich'), { port: 8000 });
 */
export function wsgi(name: string, options: WsgiOptions = {}): WsgiApp {
	if (typeof name !== 'string' || !/^[^\s:()]+(?::[^\s:()]+(?:\(\))?)?$/.test(name)) {
		const given = typeof name === 'string' ? JSON.stringify(name) : described(name);
		throw new Misuse('WSGI-1', `wsgi() takes the name of an application, as 'mysite.wsgi:application', not ${given}.`);
	}
	const settings = wsgiSettings(options);
	const pool = new Pool(name, settings);
	const richRemotes = Object.values(settings.remotes).filter(isRichRemote);
	// The workers last: what they publish to and escape to is there with their first request, and until their last.
	const life = joinedHooks([settings.topics, ...richRemotes, pool]);
	let users = 0;
	let starting: Promise<void> | null = null;
	const startAll = async (): Promise<void> => {
		try {
			await life.start?.();
		} catch (error) {
			users = 0;
			starting = null;
			throw error;
		}
	};
	const app = gateway(
		(environ, startResponse) => {
			pool.requireStarted();
			const call = new Call(pool, environ, startResponse);
			pool.add(call);
			return call.run();
		},
		{
			protocols: ['websocket'],
			start: () => {
				users++;
				starting ??= startAll();
				return starting;
			},
			stop: async () => {
				users = Math.max(0, users - 1);
				if (users > 0) return;
				starting = null;
				await life.stop?.();
			},
		},
	);
	return Object.assign(app, { reload: () => pool.reload() });
}
