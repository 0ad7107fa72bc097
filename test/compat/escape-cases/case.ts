/** What a case is: something that breaks naive escapes, what happens here, and the applications it is seen in. */
import { inspect } from 'node:util';
import { type RichApp, rich, utf8 } from 'rsgi';
import { fetchServerToRich, fetchToRich, gatewayToRich, nodeToRich, underGateway } from 'rsgi/adapters';
import { type FetchFunction, fetch as fetchApp } from 'rsgi/fetch';
import { fetchServer, type ServerContext } from 'rsgi/fetch-server';
import type { GatewayMiddleware } from 'rsgi/gateway';
import { type NodeFunction, node } from 'rsgi/node';
import { expect } from 'vitest';
import { compatModule, type Untyped } from '../../support/compat-module.ts';
import { answer } from '../../support/escaping-gateway.ts';
import { type Served, served } from '../../support/served.ts';
import type { Client, Question } from './client.ts';

/** A case of the list. */
export interface Case {
	/** In the words of the list. */
	readonly title: string;
	/** The rules that state what happens. */
	readonly rules: string;
	/** What happens, for who reads the table. */
	readonly happens: string;
	/** By what it was seen in, the same over each version of HTTP. */
	readonly seenIn: Readonly<Record<string, (client: Client) => Promise<void>>>;
}

export const FAILED: [number, string] = [500, 'Internal Server Error\n'];
export const RICH: [number, string] = [200, 'rich'];

/** Middleware around a gateway application that escapes. */
export const behind = (middleware: GatewayMiddleware, app: RichApp = answer): Promise<Served> =>
	served(gatewayToRich(middleware(underGateway(app))));

export const fetched = (run: FetchFunction, options = {}): Promise<Served> =>
	served(fetchToRich(fetchApp(run)), options);

/** A handler object of the Fetch Server API. */
export const handled = (run: (context: ServerContext) => Response | Promise<Response>): Promise<Served> =>
	served(fetchServerToRich(fetchServer({ fetch: run })));

/** A handler of Node, or an application of a framework that is one. */
export const noded = (app: NodeFunction | Untyped, options = {}): Promise<Served> =>
	served(nodeToRich(node(app)), options);

/** A framework whose application has `fetch`. */
export const fetching = (app: Untyped, options = {}): Promise<Served> => served(fetchToRich(fetchApp(app)), options);

/** The default export of a package, however it is packed. */
export const defaultOf = (name: string): Untyped => compatModule(name).default ?? compatModule(name);

/** What a log has been told. */
export const logged = (site: Served): string => inspect(site.log, { depth: 8 });

/** @throws AssertionError unless the answer is a 500, and the log told by this rule */
export async function refused(client: Client, site: Served, question: Question = {}, rule = 'ESC-12'): Promise<void> {
	expect(await client.told(site.url, question)).toEqual(FAILED);
	expect(logged(site)).toContain(rule);
}

/** @throws AssertionError unless the application has answered */
export async function ran(client: Client, site: Served, question: Question = {}): Promise<void> {
	expect(await client.told(site.url, question)).toEqual(question.method === 'HEAD' ? [200, ''] : RICH);
}

/** What has begun for one request only: counts the runs of an application that answers as `answer` does. */
export function counting(): { readonly app: RichApp; runs: number } {
	const counted = {
		runs: 0,
		app: rich((exchange) => {
			counted.runs++;
			exchange.respond(200, ['x-app', 'rich']);
			exchange.end(utf8('rich'));
		}),
	};
	return counted;
}

/** An application that says how much of the request is left for it, and what comes of that. */
export const echo: RichApp = rich((exchange) => {
	exchange.respond(200);
	exchange.write(utf8(`${exchange.unread}:`));
	return { data: (chunk: Uint8Array) => void exchange.write(chunk), end: () => exchange.end() };
});
