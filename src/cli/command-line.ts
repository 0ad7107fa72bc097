/** The command line, and the environment where it says nothing: read, checked, and complete. */

import { parseArgs } from 'node:util';
import type { ListenOptions } from '../host/node/listen.ts';
import type { ServeLimits } from '../host/node/serve-options.ts';
import { LAYERS } from './declared-app.ts';
import type { EntryLine } from './entry.ts';
import type { EntryWords } from './entry-app.ts';
import { Failure, USAGE } from './failure.ts';
import { type ActivationEnvironment, inheritedSockets } from './inherited-sockets.ts';
import { OPERATING_OPTIONS, type OperatingLine, type OperatingValues, operatingLine } from './operating-line.ts';
import { type WsgiLine, type WsgiValues, wsgiLine } from './wsgi-line.ts';

const OPTIONS = {
	host: { type: 'string' },
	port: { type: 'string' },
	unix: { type: 'string' },
	'unix-mode': { type: 'string' },
	fd: { type: 'string' },
	config: { type: 'string' },
	cert: { type: 'string' },
	key: { type: 'string' },
	tls: { type: 'boolean' },
	verbose: { type: 'boolean' },
	wsgi: { type: 'string' },
	'wsgi-workers': { type: 'string' },
	'wsgi-threads': { type: 'string' },
	'wsgi-timeout': { type: 'string' },
	'max-requests': { type: 'string' },
	'max-requests-jitter': { type: 'string' },
	python: { type: 'string' },
	chdir: { type: 'string' },
	env: { type: 'string', multiple: true },
	remote: { type: 'string', multiple: true },
	...OPERATING_OPTIONS,
	path: { type: 'string', multiple: true },
	json: { type: 'boolean' },
	timeout: { type: 'string' },
	layer: { type: 'string' },
	export: { type: 'string' },
	help: { type: 'boolean', short: 'h' },
	version: { type: 'boolean' },
} as const;

const DEFAULT_PORT = 8000;
/** How long `rsgi validate` waits for a response to begin, in milliseconds. */
const DEFAULT_TIMEOUT = 3000;

/** What goes with `--wsgi`. */
const WSGI_OPTIONS = [
	...['wsgi-workers', 'wsgi-threads', 'wsgi-timeout', 'max-requests', 'max-requests-jitter'],
	...['python', 'chdir', 'env', 'remote'],
];

/** The options of each command; `help` and `version` go with all. */
const COMMANDS: Readonly<Record<string, readonly string[]>> = {
	serve: [
		...[
			'layer',
			'export',
			'host',
			'port',
			'unix',
			'unix-mode',
			'fd',
			'cert',
			'key',
			'tls',
			'verbose',
			'config',
			'wsgi',
		],
		...[...WSGI_OPTIONS, ...Object.keys(OPERATING_OPTIONS)],
	],
	validate: ['layer', 'export', 'path', 'json', 'timeout'],
};

/** The options of `serve`, which a configuration may have too. */
export const SERVE_OPTIONS: Readonly<
	Record<string, { readonly type: 'string' | 'boolean'; readonly multiple?: boolean }>
> = Object.fromEntries(Object.entries(OPTIONS).filter(([name]) => COMMANDS.serve?.includes(name) && name !== 'config'));

/** Which TLS is asked for: none, one for development, or files. */
export type TlsChoice =
	| { readonly kind: 'none' }
	| { readonly kind: 'development' }
	| { readonly kind: 'files'; readonly cert: string; readonly key: string };

/** What is to be done. */
export type CommandLine =
	| { readonly command: 'help'; readonly topic?: string }
	| { readonly command: 'version' }
	| ServeLine
	| (EntryLine & {
			readonly command: 'validate';
			/** The targets asked for, beside those that are tried in any case. */
			readonly paths: readonly string[];
			/** The report is JSON. */
			readonly json: boolean;
			/** How long a response may take to begin, in milliseconds. */
			readonly timeout: number;
	  });

/** What is to be served, and how. */
export interface ServeLine extends EntryLine {
	readonly command: 'serve';
	/** The application of Python, if it is one; then the entry is empty. */
	readonly wsgi?: WsgiLine;
	readonly listen: ListenOptions;
	readonly tls: TlsChoice;
	/** What clients do wrong is told too. */
	readonly verbose: boolean;
	/** Undefined where nothing of it is asked for. */
	readonly operating?: OperatingLine | undefined;
	/** Limits and deadlines, which only the configuration has. */
	readonly settings?: ServeLimits | undefined;
}

/** The environment variables that matter. */
export interface Environment extends ActivationEnvironment {
	readonly PORT?: string | undefined;
	readonly HOST?: string | undefined;
}

/** What the configuration says: options by their names on the command line, and where that is written. */
export interface ConfiguredValues {
	/** The file, as the user calls it. */
	readonly file: string;
	readonly values: Readonly<Record<string, string | boolean | string[]>>;
	readonly entry?: string | undefined;
	readonly settings?: ServeLimits | undefined;
	/** The names of options as the file has them. */
	readonly keys: ReadonlyMap<string, string>;
}

/**
 * Which configuration is to be read: a path, none, or undefined for the one that may lie in the working directory.
 * @throws Failure (exit code 2) when the command line makes no sense
 */
export function wantedConfiguration(args: readonly string[]): string | null | undefined {
	const { values, positionals } = parsed(args);
	if (values.help === true || values.version === true || positionals[0] !== 'serve') return null;
	if (values.config === '') throw usage('--config takes the path of a file');
	return values.config;
}

/**
 * Reads the command line.
 * @param args what stands behind `rsgi`
 * @param env PORT and HOST, for what the options leave open; an empty one is none. What systemd says of sockets
 * @param configured what the configuration says, for what the options leave open
 * @throws Failure (exit code 2) when it makes no sense, saying what would
 */
export function readCommandLine(args: readonly string[], env: Environment, configured?: ConfiguredValues): CommandLine {
	const { values: given, positionals } = parsed(args);
	if (given.version === true) return { command: 'version' };
	const [command, entry, ...rest] = positionals;
	if (given.help === true) return command === undefined ? { command: 'help' } : { command: 'help', topic: command };
	if (command === 'help') return entry === undefined ? { command } : { command, topic: entry };
	if (command === undefined) throw usage('there is no command');
	const options = Object.hasOwn(COMMANDS, command) ? COMMANDS[command] : undefined;
	if (options === undefined) throw usage(`there is no command ${command}`);
	const foreign = Object.keys(given).find((name) => !options.includes(name));
	if (foreign !== undefined) throw usage(`${command} has no option --${foreign}`);
	if (command === 'serve') {
		if (rest.length > 0) throw usage(`serve takes one file, and ${rest.join(', ')} came behind it`);
		return withConfiguration(given, configured, (values) => serveLine(values, entry, env, configured));
	}
	if (entry === undefined) throw usage(`${command} takes the file of an application`);
	if (rest.length > 0) throw usage(`${command} takes one file, and ${rest.join(', ')} came behind it`);
	const { path: paths = [], json = false, timeout } = given;
	const words = entryWords(given);
	return {
		command: 'validate',
		entry,
		...words,
		paths: paths.map(requestTarget),
		json,
		timeout: milliseconds(timeout),
	};
}

/** What goes together in one place only: a word for any of them on the command line puts all of the configuration's aside. */
const PLACES: readonly string[] = ['port', 'host', 'unix', 'unix-mode', 'fd'];
const PAIRS: readonly string[] = ['tls', 'cert', 'key'];

/** Puts the configuration under the options, and its words into the messages about it. */
function withConfiguration<T>(given: Values, configured: ConfiguredValues | undefined, read: (values: Values) => T): T {
	if (configured === undefined) return read(given);
	const aside = [PLACES, PAIRS].filter((group) => group.some((name) => Object.hasOwn(given, name))).flat();
	const under = Object.entries(configured.values).filter(
		([name]) => !aside.includes(name) && !Object.hasOwn(given, name),
	);
	try {
		return read({ ...Object.fromEntries(under), ...given });
	} catch (error) {
		if (!(error instanceof Failure)) throw error;
		const message = under.reduce(
			(text, [name]) =>
				text.replaceAll(new RegExp(`--${name}(?![\\w-])`, 'g'), `${configured.keys.get(name)} in ${configured.file}`),
			error.message,
		);
		throw new Failure(error.exitCode, message);
	}
}

function serveLine(
	values: Values,
	entry: string | undefined,
	env: Environment,
	configured: ConfiguredValues | undefined,
): ServeLine {
	const python = wsgiLine(values, WSGI_OPTIONS, usage);
	if (python !== null) {
		if (entry !== undefined) throw usage(`--wsgi names the application: ${entry} is one too many`);
		// Its workers watch for themselves.
		const { watch: _watch, ...others } = values;
		return { command: 'serve', entry: '', wsgi: python, ...serving(others, env, configured) };
	}
	const file = entry ?? configured?.entry;
	if (file === undefined) {
		throw usage(
			configured === undefined
				? 'serve takes the file of an application'
				: `serve takes the file of an application, here or as app in ${configured.file}`,
		);
	}
	return { command: 'serve', entry: file, ...entryWords(values), ...serving(values, env, configured) };
}

/** How `serve` listens and is operated. */
function serving(
	values: Values,
	env: Environment,
	configured: ConfiguredValues | undefined,
): Pick<ServeLine, 'listen' | 'tls' | 'verbose' | 'operating' | 'settings'> {
	return {
		listen: listenOptions(values, env),
		tls: tlsChoice(values),
		verbose: values.verbose ?? false,
		operating: operatingLine(values, usage),
		settings: configured?.settings,
	};
}

interface Values extends Omit<WsgiValues, 'watch'>, OperatingValues {
	readonly 'unix-mode'?: string | undefined;
	readonly fd?: string | undefined;
	readonly config?: string | undefined;
	readonly layer?: string | undefined;
	readonly export?: string | undefined;
	readonly host?: string | undefined;
	readonly port?: string | undefined;
	readonly unix?: string | undefined;
	readonly cert?: string | undefined;
	readonly key?: string | undefined;
	readonly tls?: boolean | undefined;
	readonly verbose?: boolean | undefined;
	readonly path?: string[] | undefined;
	readonly json?: boolean | undefined;
	readonly timeout?: string | undefined;
	readonly help?: boolean | undefined;
	readonly version?: boolean | undefined;
}

function parsed(args: readonly string[]): { values: Values; positionals: string[] } {
	try {
		return parseArgs({ args: [...args], options: OPTIONS, allowPositionals: true }) as {
			values: Values;
			positionals: string[];
		};
	} catch (error) {
		// Node explains at length how to write a positional that looks like an option; nobody has such a file.
		const [message = ''] = (error as Error).message.split('. ');
		throw usage(message.charAt(0).toLowerCase() + message.slice(1).replace(/\.$/, ''));
	}
}

function entryWords({ layer, export: exported }: Values): EntryWords {
	if (layer !== undefined && !LAYERS.includes(layer)) {
		throw usage(`--layer is one of ${LAYERS.join(', ')}, not '${layer}'`);
	}
	if (exported === '') throw usage('--export takes the name of an export');
	return { ...(layer === undefined ? {} : { layer }), ...(exported === undefined ? {} : { exported }) };
}

function listenOptions(values: Values, env: Environment): ListenOptions {
	const { unix } = values;
	const sockets = inheritedSockets(env, process.pid);
	if (values.fd !== undefined) {
		const other = ['port', 'host', 'unix'].find((name) => Object.hasOwn(values, name));
		if (other !== undefined) throw usage(`a server listens on --fd, or on --${other}: give one or the other`);
		return { fd: descriptor(values.fd, sockets) };
	}
	if (values['unix-mode'] !== undefined && unix === undefined) throw usage('--unix-mode goes with --unix');
	if (unix !== undefined) {
		if (values.port !== undefined || values.host !== undefined) {
			throw usage('a server listens on --unix, or on --port and --host: give one or the other');
		}
		if (unix === '') throw usage('--unix takes the path of a socket');
		return values['unix-mode'] === undefined ? { unix } : { unix, unixMode: mode(values['unix-mode']) };
	}
	const [activated, ...others] = sockets;
	if (activated !== undefined && values.port === undefined && values.host === undefined) {
		if (others.length === 0) return { fd: activated.fd };
		throw usage(
			`systemd has passed on ${sockets.length} sockets, ${sockets.map(({ name }) => name).join(', ')}: say by --fd, and its name or number, which one`,
		);
	}
	const host = values.host ?? (env.HOST || undefined);
	if (host === '') throw usage('--host takes a name or an address');
	const port =
		values.port !== undefined
			? portNumber(values.port, '--port')
			: env.PORT
				? portNumber(env.PORT, 'PORT in the environment')
				: DEFAULT_PORT;
	return host === undefined ? { port } : { port, host };
}

function portNumber(text: string, where: string): number {
	const port = Number(text);
	if (!/^\d{1,5}$/.test(text) || port > 65535) throw usage(`${where} is a number from 0 to 65535, not '${text}'`);
	return port;
}

function mode(text: string): number {
	if (/^0?[0-7]{3}$/.test(text)) return Number.parseInt(text, 8);
	throw usage(`--unix-mode is a mode in octal digits, as 660, not '${text}'`);
}

/** @param sockets those that systemd has passed on, which have names */
function descriptor(text: string, sockets: ReturnType<typeof inheritedSockets>): number {
	const named = sockets.filter(({ name }) => name === text);
	if (named.length === 1) return (named[0] as { fd: number }).fd;
	if (/^\d{1,5}$/.test(text) && Number(text) >= 3) return Number(text);
	const names =
		sockets.length === 0 ? 'systemd has passed on none' : `there are ${sockets.map(({ name }) => name).join(', ')}`;
	throw usage(
		`--fd is the number of a descriptor, from 3 on, or the name of a socket of systemd (${names}), not '${text}'`,
	);
}

function requestTarget(path: string): string {
	if (/^\/[\x21-\x22\x24-\x7e]*$/.test(path)) return path;
	throw usage(`--path takes a path with a query, as /search?q=1, percent-encoded, not '${path}'`);
}

function milliseconds(text: string | undefined): number {
	if (text === undefined) return DEFAULT_TIMEOUT;
	if (!/^[1-9]\d{0,5}$/.test(text)) throw usage(`--timeout is a number of milliseconds, 1 to 999999, not '${text}'`);
	return Number(text);
}

function tlsChoice({ cert, key, tls }: Values): TlsChoice {
	if (cert === undefined && key === undefined) return { kind: tls === true ? 'development' : 'none' };
	if (tls === true) throw usage('--tls makes a certificate of its own: leave it out beside --cert and --key');
	if (cert === undefined || key === undefined) {
		throw usage(`--cert and --key belong together: --${cert === undefined ? 'cert' : 'key'} is missing`);
	}
	return { kind: 'files', cert, key };
}

function usage(what: string): Failure {
	return new Failure(USAGE, `${what}. \`rsgi --help\` shows how it goes.`);
}
