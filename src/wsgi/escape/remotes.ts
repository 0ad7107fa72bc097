/** Rich applications of TypeScript that Python escapes to by name (WSGI-40). */
import { type RichApp, requireRich } from '../../rich/app.ts';
import { Misuse } from '../../wire/fault.ts';
import { layerOf } from '../../wire/layer.ts';

/**
 * A rich application, whose `start` and `stop` are called with those of the workers; or a function that gives one for one exchange, whose
 * `data` is what Python said: JSON, or octets.
 */
// Without its call: beside it TypeScript would not infer that `data` is unknown.
export type Remote = Pick<RichApp, keyof RichApp> | ((data: unknown) => RichApp);

/** By their names. */
export type Remotes = Readonly<Record<string, Remote>>;

/** Whether it is an application as it is, and no function of the data. */
export function isRichRemote(remote: Remote): remote is RichApp {
	return layerOf(remote) === 'rich';
}

/** @throws Misuse when there is none of that name, when it takes no data, and when what it gives is no rich application */
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
	if (isRichRemote(remote)) {
		if (octets === undefined && (data ?? null) === null) return remote;
		throw new Misuse(
			'WSGI-40',
			`The remote ${JSON.stringify(name)} is a rich application, which takes no data: make it a function of them that gives one.`,
		);
	}
	const given = octets === undefined ? data : Uint8Array.from(atob(octets), (each) => each.charCodeAt(0));
	return requireRich((remote as (data: unknown) => RichApp)(given), `the remote ${JSON.stringify(name)}`);
}
