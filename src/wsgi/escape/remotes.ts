/** Rich applications of TypeScript that Python escapes to by name (WSGI-40). */
import { type RichApp, requireRich } from '../../rich/app.ts';
import { Misuse } from '../../wire/fault.ts';

/** Gives the application for one exchange; `data` is what Python said: JSON, or octets. */
export type Remote = (data: unknown) => RichApp;

/** By their names. */
export type Remotes = Readonly<Record<string, Remote>>;

/** @throws Misuse when there is none of that name, and what it gives is no rich application */
export function remoteApp(remotes: Remotes, name: unknown, said: unknown): RichApp {
	const remote = typeof name === 'string' && Object.hasOwn(remotes, name) ? remotes[name] : undefined;
	if (remote === undefined) {
		const names = Object.keys(remotes).join(', ') || 'none';
		throw new Misuse(
			'WSGI-40',
			`remote(${JSON.stringify(name)}) names no application: the option remotes of wsgi() has ${names}.`,
		);
	}
	const { octets, data } = (said ?? {}) as { readonly octets?: string; readonly data?: unknown };
	const given = octets === undefined ? data : Uint8Array.from(atob(octets), (each) => each.charCodeAt(0));
	return requireRich(remote(given), `the remote ${JSON.stringify(name)}`);
}
