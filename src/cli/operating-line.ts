/** What the command line says of operating: processes, proxies in front, what is told of requests. */
import { availableParallelism } from 'node:os';
import type { LineFormat } from '../middleware/access-log.ts';
import { parseRange } from '../wire/ip-address.ts';
import type { Failure } from './failure.ts';

/** How a server is operated; what is undefined is not asked for. */
export interface OperatingLine {
	/** How many processes; undefined for the one that runs already. */
	readonly workers: number | undefined;
	/** How long a worker may be silent, in milliseconds. */
	readonly workerTimeout: number;
	/** How long what is open may take to end, in milliseconds. */
	readonly stopTimeout: number | undefined;
	/** The application is loaded again when its files change. */
	readonly watch: boolean;
	readonly proxyProtocol: readonly string[] | undefined;
	/** How many proxies there are in front, or who they are. */
	readonly trustProxy: number | readonly string[] | undefined;
	readonly trustProxyFields: 'forwarded' | 'x-forwarded';
	readonly accessLog: LineFormat | undefined;
	readonly accessLogFile: string | undefined;
	readonly metrics: string | undefined;
	readonly health: string | undefined;
	/** Where the page that shows it live listens. */
	readonly inspect: { readonly host: string; readonly port: number } | undefined;
}

/** The options as they are given. */
export interface OperatingValues {
	readonly workers?: string | undefined;
	readonly 'worker-timeout'?: string | undefined;
	readonly 'stop-timeout'?: string | undefined;
	readonly watch?: boolean | undefined;
	readonly 'proxy-protocol'?: string[] | undefined;
	readonly 'trust-proxy'?: string[] | undefined;
	readonly 'trust-proxy-fields'?: string | undefined;
	readonly 'access-log'?: string | undefined;
	readonly 'access-log-file'?: string | undefined;
	readonly metrics?: string | undefined;
	readonly health?: string | undefined;
	readonly inspect?: string | undefined;
}

/** As `parseArgs` wants them. */
export const OPERATING_OPTIONS = {
	workers: { type: 'string' },
	'worker-timeout': { type: 'string' },
	'stop-timeout': { type: 'string' },
	watch: { type: 'boolean' },
	'proxy-protocol': { type: 'string', multiple: true },
	'trust-proxy': { type: 'string', multiple: true },
	'trust-proxy-fields': { type: 'string' },
	'access-log': { type: 'string' },
	'access-log-file': { type: 'string' },
	metrics: { type: 'string' },
	health: { type: 'string' },
	inspect: { type: 'string' },
} as const;

const FORMATS: readonly string[] = ['common', 'combined', 'json'];
const MOST_WORKERS = 512;

/**
 * Reads them; undefined when nothing of the kind is asked for.
 * @param usage makes the failure of a command line that makes no sense
 */
export function operatingLine(values: OperatingValues, usage: (what: string) => Failure): OperatingLine | undefined {
	if (!Object.keys(OPERATING_OPTIONS).some((name) => Object.hasOwn(values, name))) return undefined;
	const { workers, watch = false } = values;
	if (workers === undefined && !watch && values['worker-timeout'] !== undefined) {
		throw usage('--worker-timeout goes with --workers or --watch');
	}
	const trustProxy = trusted(values['trust-proxy'], usage);
	const fields = values['trust-proxy-fields'];
	if (fields !== undefined && fields !== 'forwarded' && fields !== 'x-forwarded') {
		throw usage(`--trust-proxy-fields is forwarded or x-forwarded, not '${fields}'`);
	}
	if (fields !== undefined && trustProxy === undefined) {
		throw usage('--trust-proxy-fields goes with --trust-proxy, which says whom to trust');
	}
	const accessLog = values['access-log'];
	if (accessLog !== undefined && !FORMATS.includes(accessLog)) {
		throw usage(`--access-log is one of ${FORMATS.join(', ')}, not '${accessLog}'`);
	}
	const file = values['access-log-file'];
	if (file === '') throw usage('--access-log-file takes the path of a file');
	return {
		workers: workerCount(workers, usage),
		workerTimeout: time('worker-timeout', values['worker-timeout'], usage) ?? 60_000,
		stopTimeout: time('stop-timeout', values['stop-timeout'], usage),
		watch,
		proxyProtocol: ranges('proxy-protocol', values['proxy-protocol'], usage),
		trustProxy,
		trustProxyFields: fields ?? 'x-forwarded',
		accessLog: (accessLog ?? (file === undefined ? undefined : 'combined')) as LineFormat | undefined,
		accessLogFile: file,
		metrics: path('metrics', values.metrics, usage),
		health: path('health', values.health, usage),
		inspect: inspectAddress(values, usage),
	};
}

function inspectAddress(values: OperatingValues, usage: (what: string) => Failure): OperatingLine['inspect'] {
	const { inspect } = values;
	if (inspect === undefined) return undefined;
	const [, host = '127.0.0.1', port] = /^(?:\[?([^\]]+?)\]?:)?(\d{1,5})$/.exec(inspect) ?? [];
	if (port === undefined || Number(port) > 65535) {
		throw usage(`--inspect is a port, or host:port to show it to other machines, not '${inspect}'`);
	}
	return { host, port: Number(port) };
}

function workerCount(text: string | undefined, usage: (what: string) => Failure): number | undefined {
	if (text === undefined) return undefined;
	if (text === 'auto') return availableParallelism();
	if (/^[1-9]\d{0,3}$/.test(text) && Number(text) <= MOST_WORKERS) return Number(text);
	throw usage(
		`--workers is a number of processes from 1 to ${MOST_WORKERS}, or auto for one for each core, not '${text}'`,
	);
}

function time(name: string, text: string | undefined, usage: (what: string) => Failure): number | undefined {
	if (text === undefined) return undefined;
	if (/^\d{1,8}$/.test(text)) return Number(text);
	throw usage(`--${name} is a number of milliseconds, 0 for no limit, not '${text}'`);
}

function trusted(given: readonly string[] | undefined, usage: (what: string) => Failure): OperatingLine['trustProxy'] {
	const [first = ''] = given ?? [];
	if (given?.length === 1 && /^\d+$/.test(first)) {
		const hops = Number(first);
		if (hops >= 1 && hops <= 32) return hops;
		throw usage(`--trust-proxy is a number of proxies from 1 to 32, or their addresses, not '${first}'`);
	}
	return ranges('trust-proxy', given, usage);
}

function ranges(
	name: string,
	given: readonly string[] | undefined,
	usage: (what: string) => Failure,
): readonly string[] | undefined {
	if (given === undefined) return undefined;
	const all = given.flatMap((text) => text.split(','));
	for (const one of all) {
		if (one !== 'unix' && parseRange(one) === null) {
			throw usage(`--${name} takes addresses and ranges, as 10.0.0.0/8,::1, or unix, not '${one}'`);
		}
	}
	return all;
}

function path(name: string, text: string | undefined, usage: (what: string) => Failure): string | undefined {
	if (text === undefined || /^\/[\x21-\x22\x24-\x3e\x40-\x7e]*$/.test(text)) return text;
	throw usage(`--${name} takes a path, as /${name}, not '${text}'`);
}
