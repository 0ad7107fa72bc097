/** `rsgi.config.ts`: what the command line says, in a file, with types. */
import type { ServeLimits } from '../host/node/serve-options.ts';

/**
 * The options of `rsgi serve` by their names, in camel case; what the command line says wins. `rsgi help serve` says what each is.
 */
export interface ServeConfig extends ServeLimits {
	/** The file of the application, relative to the working directory. */
	readonly app?: string;
	readonly layer?: 'rich' | 'gateway' | 'lite' | 'text' | 'fetch' | 'fetch-server' | 'node';
	readonly export?: string;
	readonly port?: number;
	readonly host?: string;
	readonly unix?: string;
	/** Octal digits, as `'660'`. */
	readonly unixMode?: string;
	/** A descriptor, or the name of a socket of systemd. */
	readonly fd?: number | string;
	readonly cert?: string;
	readonly key?: string;
	readonly tls?: boolean;
	readonly verbose?: boolean;
	readonly workers?: number | 'auto';
	/** Milliseconds. */
	readonly workerTimeout?: number;
	/** Milliseconds. */
	readonly stopTimeout?: number;
	readonly watch?: boolean;
	readonly proxyProtocol?: readonly string[];
	readonly trustProxy?: number | readonly string[];
	readonly trustProxyFields?: 'forwarded' | 'x-forwarded';
	readonly accessLog?: 'common' | 'combined' | 'json';
	readonly accessLogFile?: string;
	readonly metrics?: string;
	readonly health?: string;
	/** A port, or `host:port`. */
	readonly inspect?: number | string;
	readonly wsgi?: string;
	readonly wsgiWorkers?: number;
	readonly wsgiThreads?: number;
	readonly wsgiTimeout?: number;
	readonly maxRequests?: number;
	readonly maxRequestsJitter?: number;
	readonly python?: string;
	readonly chdir?: string;
	/** `NAME=file`, each. */
	readonly remote?: readonly string[];
	/** `NAME=value`, each. */
	readonly env?: readonly string[];
}

/**
 * Gives a configuration back as it is, with its type.
 * @example
 * import { defineConfig } from 'rsgi/config';
 * export default defineConfig({ app: 'src/app.ts', workers: 'auto', trustProxy: 1 });
 */
export function defineConfig(config: ServeConfig): ServeConfig {
	return config;
}
