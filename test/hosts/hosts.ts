/** The hosts, and what each of them lacks, with the reason. docs/hosts.md has the same as a table. */

/** One way to serve the application. */
export interface HostFacts {
	readonly version: '1.1' | '2';
	/** Cases of the contract that fail here, by name, and why. */
	readonly lacks: Readonly<Record<string, string>>;
}

const TUNNELS = ['tunnels by Upgrade or extended CONNECT', 'a tunnel refused', 'tunnels by plain CONNECT'];

/** The same reason for several cases. */
function all(names: readonly string[], reason: string): Record<string, string> {
	return Object.fromEntries(names.map((name) => [name, reason]));
}

function without(lacks: Readonly<Record<string, string>>, ...names: readonly string[]): Record<string, string> {
	return Object.fromEntries(Object.entries(lacks).filter(([name]) => !names.includes(name)));
}

const LISTENER = {
	...all(TUNNELS, 'A listener of `request` is not given what asks for a tunnel: use attach().'),
	'no 100 (Continue) when it is not': 'Node.js sends it before it calls a listener of `request`: use attach().',
};

const FETCH = {
	...all(TUNNELS, 'A Response opens no tunnel.'),
	'the target, verbatim': 'A Request has a URL, which has been put in order.',
	'request field lines in order, with duplicates': 'Headers are sorted, and those of one name are joined.',
	'the reason phrase': 'The host sends the standard one.',
	'informational responses': 'A Response is the final one.',
	'trailer fields of the response': 'A Response has none.',
	'trailer fields of the request': 'A Request has none.',
	'no 100 (Continue) when it is not': 'The host sends it before it calls the application.',
	'the end of a connection, announced': 'Connections are the host’s.',
};

const JOINED = 'The host joins the lines of one name.';

export const HOSTS: Readonly<Record<string, HostFacts>> = {
	'serve() on Node, HTTP/1.1': { version: '1.1', lacks: {} },
	'serve() on Node, HTTP/2': { version: '2', lacks: {} },
	'serve() on Node, HTTP/1.1 over TLS': { version: '1.1', lacks: {} },
	'serve() on Node, HTTP/2 over TLS': { version: '2', lacks: {} },
	'serve() on Node, Unix socket': { version: '1.1', lacks: {} },
	'attach(), node:http': { version: '1.1', lacks: {} },
	'attach(), node:https': { version: '1.1', lacks: {} },
	'attach(), node:http2': { version: '2', lacks: {} },
	'attach(), secure node:http2': { version: '2', lacks: {} },
	'attach(), secure node:http2, HTTP/1.1': { version: '1.1', lacks: {} },
	'richToNode(), node:http': { version: '1.1', lacks: LISTENER },
	'richToNode(), node:http2': { version: '2', lacks: LISTENER },
	'serve() on Bun, HTTP/1.1': { version: '1.1', lacks: {} },
	'serve() on Bun, HTTP/2': { version: '2', lacks: {} },
	'serve() on Bun, HTTP/1.1 over TLS': { version: '1.1', lacks: {} },
	'serve() on Bun, HTTP/2 over TLS': { version: '2', lacks: {} },
	'serve() on Bun, Unix socket': { version: '1.1', lacks: {} },
	'Bun.serve()': { version: '1.1', lacks: { ...FETCH, 'response field lines in order, with duplicates': JOINED } },
	'serve() on Deno, HTTP/1.1': { version: '1.1', lacks: {} },
	'serve() on Deno, HTTP/2': { version: '2', lacks: {} },
	'serve() on Deno, HTTP/1.1 over TLS': { version: '1.1', lacks: {} },
	'serve() on Deno, HTTP/2 over TLS': { version: '2', lacks: {} },
	'serve() on Deno, Unix socket': { version: '1.1', lacks: {} },
	'Deno.serve()': {
		version: '1.1',
		lacks: {
			...FETCH,
			'a client that goes away is seen, content unread': 'The host sees it when it sends, or reads content.',
		},
	},
	'Deno.serve(), HTTP/2': {
		version: '2',
		lacks: {
			...without(FETCH, 'the reason phrase', 'no 100 (Continue) when it is not'),
			'100 (Continue) when content is wanted': 'The host does not send it on HTTP/2.',
			'response field lines in order, with duplicates': 'The host puts the lines of one name together.',
			'facts of the connection': 'The host does not tell the version of HTTP.',
			'fields that are never indexed': 'Headers have no such mark.',
			push: 'A Response promises nothing.',
			'a refused exchange may be made again': 'It is a 503 with Retry-After.',
		},
	},
	workerd: {
		version: '1.1',
		lacks: {
			...without(FETCH, 'the reason phrase', 'no 100 (Continue) when it is not'),
			...all(
				[
					'an application that does not read bounds what is sent',
					'a client that goes away is seen, content unread',
					'a client that goes away is seen in a response',
				],
				'The host ends, without a word, a request for which nothing is under way: no timer, and no read.',
			),
			'latin-1 in field values': 'The host sends UTF-8.',
			'response field lines in order, with duplicates': 'The host puts the lines of one name together.',
			'facts of the connection': 'The host tells nothing of it.',
		},
	},
};
