/** What `rsgi --help` prints. */
export const HELP = `rsgi serve <entry> [options]
rsgi serve --wsgi <module:callable> [options]
rsgi validate <entry> [options]

<entry> is a .ts or .js file, or .mts, .cts, .mjs, .cjs; its default export is the application: made by rich(), gateway(), lite(), text(),
fetch() or node(), or as a framework has it: an object with fetch, as of Hono, or an application of Express, Koa, Fastify or Nest.
TypeScript runs as it is.

  --layer <name>    what a function speaks that does not say it: rich, gateway, lite, text, fetch, fetch-server, or node for Node's
                    (req, res)
  --export <name>   the name of the application, where it is not the default export

serve: serves the application over HTTP/1.1 and HTTP/2.

  --port <number>   the port; PORT in the environment, or 8000; 0 takes a free one
  --host <host>     the name or address; HOST in the environment, or 127.0.0.1; 0.0.0.0 or :: for every address
  --unix <path>     a Unix socket, instead of port and host
  --tls             TLS with a self-signed certificate for development, for localhost, 127.0.0.1 and ::1
  --cert <file>     TLS with your own certificate chain, PEM …
  --key <file>      … and its key, PEM
  --verbose         tell what clients do wrong, too

serve --wsgi: the same for a WSGI application of Python, as mysite.wsgi:application, in worker processes.

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

validate: makes requests of many kinds to the application, and tells what it, or the server, does against the rules.

  --path <path>     asks for this path too, as /search?q=1; as often as you like
  --timeout <ms>    how long a response may take to begin; 3000
  --json            the report as JSON

  --help, -h        this text
  --version         the version

Of serve, the URL goes to standard output once the server listens, faults go to standard error. SIGTERM and SIGINT let open exchanges
end, for a limited time; a second signal ends them at once. Exit codes: 0 after a stop, 1 when the application cannot be
served, 2 when the command line makes no sense, 128 and the signal's number when a second signal was needed.
Of validate, the report goes to standard output, and what the application prints to standard error. Exit codes: 0 when
nothing was found, 1 when something was, or when there is no application, 2 as above.
`;
