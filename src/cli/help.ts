/** What `rsgi --help` and `rsgi help <topic>` print. A heading begins with `#`; it is bold where colours are shown. */

const START = `rsgi serve <file> [options]        serves an application over HTTP/1.1 and HTTP/2
rsgi serve --wsgi <module:name>    serves an application of Python
rsgi validate <file> [options]     tells what an application, or the server, does against the rules
rsgi help <topic>                  serve, workers, proxies, logs, config, wsgi or validate

# Examples
  rsgi serve app.ts --watch                        in development: loaded again when its files change
  rsgi serve app.ts --tls                          HTTP/2 in browsers, with a certificate made for localhost
  rsgi serve app.ts --workers auto --host 0.0.0.0  in production: a process for each core
  rsgi serve app.ts --trust-proxy 1 --health /up   behind a load balancer

# Application
  <file> is .ts, .js, .mts, .cts, .mjs or .cjs; TypeScript runs as it is. Its default export is made by rich(), gateway(), lite(),
  text(), fetch() or node(), or is as a framework has it: an object with fetch, as of Hono, or an application of Express, Koa,
  Fastify or Nest.

  --layer <name>    what a function speaks that does not say it: rich, gateway, lite, text, fetch, fetch-server, or node for Node's
                    (req, res)
  --export <name>   the name of the application, where it is not the default export
`;

const SERVE = `# Where it listens
  --port <number>   the port; PORT in the environment, or 8000; 0 takes a free one
  --host <host>     the name or address; HOST in the environment, or 127.0.0.1; 0.0.0.0 or :: for every address
  --unix <path>     a Unix socket, instead of port and host; one that a dead process left behind is replaced
  --unix-mode <m>   its mode in octal digits, as 660
  --fd <n or name>  a descriptor that listens already; or a socket of systemd by its name. One socket of systemd is taken without

# TLS
  --tls             with a self-signed certificate for development, for localhost, 127.0.0.1 and ::1
  --cert <file>     with your own certificate chain, PEM …
  --key <file>      … and its key, PEM. Both are loaded again when they change, and on SIGHUP

# Telling
  --verbose         tell what clients do wrong, too
  --config <file>   the configuration; rsgi.config.ts of the working directory, where there is one
`;

const WORKERS = `# Processes
  --workers <n>           processes that share the port, or auto for one for each core. Those that die are replaced. SIGHUP loads the
                          application again: new ones start, then old ones let their exchanges end; no request fails
  --worker-timeout <ms>   a worker that is silent for so long, or takes so long to start, is replaced; 60000; 0 for never
  --stop-timeout <ms>     how long open exchanges may take to end when a process stops; 10000; 0 for as long as they take
  --watch                 the application is loaded again when its files change
`;

const PROXIES = `# Proxies in front
  --trust-proxy <who>            a number of proxies, or their addresses and ranges, as 10.0.0.0/8, or unix: what they say of clients
                                 is believed, and nobody else
  --trust-proxy-fields <which>   x-forwarded (-For, -Proto, -Host), or forwarded (RFC 7239); x-forwarded
  --proxy-protocol <who>         addresses and ranges that send a header of the PROXY protocol, version 1 or 2, first
`;

const LOGS = `# Logs, metrics, health
  --access-log <format>      common, combined or json, a line for each exchange
  --access-log-file <file>   where the lines go, instead of standard output; opened again on SIGUSR1 and SIGHUP
  --metrics <path>           Prometheus metrics, of all workers together; needs prom-client
  --inspect <port>           a live page of connections, streams, rates, latencies and the last exchanges with their way through the
                             layers, at http://127.0.0.1:<port>; host:port shows it to other machines
  --health <path>            answers 200 there, and under <path>/ready 200, or 503 while it stops
`;

const WSGI = `# Python: rsgi serve --wsgi mysite.wsgi:application
  --wsgi-workers <n>  how many processes; 2
  --wsgi-threads <n>  how many threads each has; 4
  --wsgi-timeout <ms> how long the application may take until it begins a response; 60000; 0 for as long as it likes
  --python <path>     the interpreter, CPython 3.9 or later; python3
  --chdir <folder>    where the application is imported from; the working directory
  --env <NAME=value>  an environment variable of the workers; as often as you like
  --max-requests <n>  replaces a worker after so many requests …
  --max-requests-jitter <n>  … and up to so many more, by chance
  --remote NAME=FILE  a rich application that rsgi.remote('NAME') escapes to; several times
  --watch             loads the application again when its files change; SIGHUP does it, too
`;

const VALIDATE = `# validate: makes requests of many kinds to the application, and tells what it, or the server, does against the rules
  --path <path>     asks for this path too, as /search?q=1; as often as you like
  --timeout <ms>    how long a response may take to begin; 3000
  --json            the report as JSON
  The report goes to standard output, what the application prints to standard error. Exit codes: 0 when nothing was found, 1 when
  something was, or when there is no application, 2 when the command line makes no sense.
`;

const CONFIG = `# Configuration: rsgi.config.ts in the working directory
  import { defineConfig } from 'rsgi/config';
  export default defineConfig({ app: 'src/app.ts', workers: 'auto', trustProxy: 1, timeouts: { idle: 30_000 } });

  It has all options of serve, in camel case, and limits (docs/limits.md). What the command line says wins.
`;

const SIGNALS = `# Signals and exit codes
  The URL goes to standard output once the server listens, faults go to standard error. SIGTERM and SIGINT let open exchanges end,
  for a limited time; a second one ends them at once. SIGHUP loads the application again with --workers, and certificates. Exit codes:
  0 after a stop, 1 when the application cannot be served, 2 when the command line makes no sense, 128 and the signal's number when a
  second signal was needed.
`;

const END = `  --help, -h        this text, or that of a command
  --version         the version
`;

const TOPICS: Readonly<Record<string, readonly string[]>> = {
	serve: [SERVE, WORKERS, PROXIES, LOGS, SIGNALS],
	workers: [WORKERS, SIGNALS],
	proxies: [PROXIES],
	logs: [LOGS],
	config: [CONFIG],
	wsgi: [WSGI],
	validate: [VALIDATE],
};

/**
 * The text of a topic; of all for one that is not known, or none.
 * @param coloured headings are bold
 */
export function helpText(topic: string | undefined, coloured: boolean): string {
	const known = topic !== undefined && Object.hasOwn(TOPICS, topic) ? TOPICS[topic] : undefined;
	const parts = known ?? [START, SERVE, WORKERS, PROXIES, LOGS, CONFIG, WSGI, VALIDATE, SIGNALS, END];
	return parts.join('\n').replace(/^# (.*)$/gm, coloured ? '\x1b[1m$1\x1b[22m' : '$1');
}
