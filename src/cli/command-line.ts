/** The command line, and the environment where it says nothing: read, checked, and complete. */
import { parseArgs } from 'node:util';
import type { ListenOptions } from '../host/node/listen.ts';
import { LAYERS } from './declared-app.ts';
import type { EntryLine } from './entry.ts';
import type { EntryWords } from './entry-app.ts';
import { Failure, USAGE } from './failure.ts';
import { type WsgiLine, type WsgiValues, wsgiLine } from './wsgi-line.ts';

const OPTIONS = {
	host: { type: 'string' },
	port: { type: 'string' },
	unix: { type: 'string' },
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
	watch: { type: 'boolean' },
	remote: { type: 'string', multiple: true },
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
	...['python', 'chdir', 'env', 'watch', 'remote'],
];

/** The options of each command; `help` and `version` go with all. */
const COMMANDS: Readonly<Record<string, readonly string[]>> = {
	serve: ['layer', 'export', 'host', 'port', 'unix', 'cert', 'key', 'tls', 'verbose', 'wsgi', ...WSGI_OPTIONS],
	validate: ['layer', 'export', 'path', 'json', 'timeout'],
};

/** Which TLS is asked for: none, one for development, or files. */
export type TlsChoice =
	| { readonly kind: 'none' }
	| { readonly kind: 'development' }
	| { readonly kind: 'files'; readonly cert: string; readonly key: string };

/** What is to be done. */
export type CommandLine =
	| { readonly command: 'help' }
	| { readonly command: 'version' }
	| (EntryLine & {
			readonly command: 'serve';
			/** The application of Python, if it is one; then the entry is empty. */
			readonly wsgi?: WsgiLine;
			readonly listen: ListenOptions;
			readonly tls: TlsChoice;
			/** What clients do wrong is told too. */
			readonly verbose: boolean;
	  })
	| (EntryLine & {
			readonly command: 'validate';
			/** The targets asked for, beside those that are tried in any case. */
			readonly paths: readonly string[];
			/** The report is JSON. */
			readonly json: boolean;
			/** How long a response may take to begin, in milliseconds. */
			readonly timeout: number;
	  });

/** The environment variables that matter. */
export interface Environment {
	readonly PORT?: string | undefined;
	readonly HOST?: string | undefined;
}

/**
 * Reads the command line.
 * @param args what stands behind `rsgi`
 * @param env PORT and HOST, for what the options leave open; an empty one is none
 * @throws Failure (exit code 2) when it makes no sense, saying what would
 */
export function readCommandLine(args: readonly string[], env: Environment): CommandLine {
	const { values, positionals } = parsed(args);
	if (values.help === true) return { command: 'help' };
	if (values.version === true) return { command: 'version' };
	const [command, entry, ...rest] = positionals;
	if (command === undefined) throw usage('there is no command');
	const options = Object.hasOwn(COMMANDS, command) ? COMMANDS[command] : undefined;
	if (options === undefined) throw usage(`there is no command ${command}`);
	const foreign = Object.keys(values).find((name) => !options.includes(name));
	if (foreign !== undefined) throw usage(`${command} has no option --${foreign}`);
	const python = wsgiLine(values, WSGI_OPTIONS, usage);
	if (python !== null) {
		if (entry !== undefined) throw usage(`--wsgi names the application: ${entry} is one too many`);
		return { command: 'serve', entry: '', wsgi: python, ...serving(values, env) };
	}
	if (entry === undefined) throw usage(`${command} takes the file of an application`);
	if (rest.length > 0) throw usage(`${command} takes one file, and ${rest.join(', ')} came behind it`);
	const words = entryWords(values);
	if (command === 'validate') {
		const { path: paths = [], json = false, timeout } = values;
		return { command, entry, ...words, paths: paths.map(requestTarget), json, timeout: milliseconds(timeout) };
	}
	return { command: 'serve', entry, ...words, ...serving(values, env) };
}

/** How `serve` listens. */
function serving(values: Values, env: Environment): { listen: ListenOptions; tls: TlsChoice; verbose: boolean } {
	return { listen: listenOptions(values, env), tls: tlsChoice(values), verbose: values.verbose ?? false };
}

interface Values extends WsgiValues {
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
		return parseArgs({ args: [...args], options: OPTIONS, allowPositionals: true });
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
	if (unix !== undefined) {
		if (values.port !== undefined || values.host !== undefined) {
			throw usage('a server listens on --unix, or on --port and --host: give one or the other');
		}
		if (unix === '') throw usage('--unix takes the path of a socket');
		return { unix };
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
