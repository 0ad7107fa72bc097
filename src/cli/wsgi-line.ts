/** What the command line says of an application of Python. */
import type { WsgiOptions } from '../wsgi/wsgi.ts';
import type { Failure } from './failure.ts';
import type { RemoteLine } from './remote-apps.ts';

/** The application and how its workers are set up. */
export interface WsgiLine {
	/** `module:callable` */
	readonly name: string;
	readonly options: WsgiOptions;
	/** What it escapes to by name. */
	readonly remotes: readonly RemoteLine[];
}

/** The options as they are given. */
export interface WsgiValues {
	readonly wsgi?: string | undefined;
	readonly 'wsgi-workers'?: string | undefined;
	readonly 'wsgi-threads'?: string | undefined;
	readonly 'wsgi-timeout'?: string | undefined;
	readonly 'max-requests'?: string | undefined;
	readonly 'max-requests-jitter'?: string | undefined;
	readonly python?: string | undefined;
	readonly chdir?: string | undefined;
	readonly env?: string[] | undefined;
	readonly watch?: boolean | undefined;
	readonly remote?: string[] | undefined;
}

/**
 * Reads what goes with `--wsgi`; null without it.
 * @param names the options that go with it
 * @param usage makes the failure of a command line that makes no sense
 */
export function wsgiLine(
	values: WsgiValues,
	names: readonly string[],
	usage: (what: string) => Failure,
): WsgiLine | null {
	const name = values.wsgi;
	if (name === undefined) {
		const alone = names.find((each) => Object.hasOwn(values, each));
		if (alone !== undefined) throw usage(`--${alone} goes with --wsgi, which names an application of Python`);
		return null;
	}
	const count = (option: keyof WsgiValues): number | undefined => {
		const text = values[option] as string | undefined;
		if (text === undefined) return undefined;
		if (/^\d{1,9}$/.test(text)) return Number(text);
		throw usage(`--${option} is a whole number, not '${text}'`);
	};
	return {
		name,
		remotes: pairs(values.remote, 'remote', 'NAME=file', usage).map(([each, file]) => ({ name: each, file })),
		options: {
			workers: count('wsgi-workers'),
			threads: count('wsgi-threads'),
			timeout: count('wsgi-timeout'),
			maxRequests: count('max-requests'),
			maxRequestsJitter: count('max-requests-jitter'),
			python: values.python,
			chdir: values.chdir,
			env: Object.fromEntries(pairs(values.env, 'env', 'NAME=value', usage)),
			watch: values.watch,
		},
	};
}

function pairs(
	given: readonly string[] | undefined,
	option: string,
	form: string,
	usage: (what: string) => Failure,
): [name: string, value: string][] {
	return (given ?? []).map((pair) => {
		const at = pair.indexOf('=');
		if (at < 1) throw usage(`--${option} takes ${form}, not '${pair}'`);
		return [pair.slice(0, at), pair.slice(at + 1)];
	});
}
