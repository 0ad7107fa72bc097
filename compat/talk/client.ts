/** Who asks. */
import type { Answer } from './answer.ts';
import type { Ask, ClientName } from './ask.ts';
import { Curl } from './curl.ts';
import { Http2 } from './http2.ts';
import { Undici } from './undici.ts';

/** A client of one server, for one conversation. */
export interface Client {
	ask(ask: Ask): Promise<Answer>;
	close(): void;
}

/** The clients that speak each version. */
export const CLIENTS: Readonly<Record<'1.1' | '2', readonly ClientName[]>> = {
	'1.1': ['curl', 'undici'],
	'2': ['curl-h2', 'node-h2'],
};

/** Whom of HTTP/1.1 a client of HTTP/2 is measured by, on the framework's own server. */
export const REFERENCE: Readonly<Record<ClientName, ClientName>> = {
	curl: 'curl',
	undici: 'undici',
	'curl-h2': 'curl',
	'node-h2': 'undici',
};

export function client(name: ClientName, port: number): Client {
	switch (name) {
		case 'curl':
			return new Curl(port, '1.1');
		case 'curl-h2':
			return new Curl(port, '2');
		case 'undici':
			return new Undici(port);
		case 'node-h2':
			return new Http2(port);
	}
}
