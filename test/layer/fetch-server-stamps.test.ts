/** spec/fetch-server.md §1: what is an application of the Fetch Server API, to the compiler and at run time. */
import { rich } from 'rsgi';
import { adapt, fetchServerToRich, richToFetchServer } from 'rsgi/adapters';
import { fetch as fetchApp } from 'rsgi/fetch';
import {
	type FetchServerApp,
	fetchServer,
	type HandlerObject,
	type MarkedHandler,
	PROTOCOL,
	requireFetchServer,
	type ServerContext,
} from 'rsgi/fetch-server';
import { expect, test } from 'vitest';
import { requireRich } from '../../src/rich/app.ts';
import { layerOf } from '../../src/wire/layer.ts';
import { recorded } from '../support/recorded-client.ts';
import { refusal } from '../support/refusal.ts';
import { settled } from '../support/settled.ts';

const handler: HandlerObject = { fetch: (ctx) => new Response(ctx.alpnProtocol) };
const hooks = { start: () => {}, stop: () => {}, protocols: ['toy'] };

test('FSA-1: fetchServer() gives the marker and the stamp, and keeps start, stop and protocols', () => {
	const app = fetchServer(handler, hooks);
	expect([app[PROTOCOL], layerOf(app)]).toEqual([1, 'fetch-server']);
	expect(Symbol.for('wintertc.server.protocol')).toBe(PROTOCOL);
	expect(requireFetchServer(app, 'it')).toBe(app);
	for (const { start, stop, protocols } of [app, fetchServer(app)]) expect({ start, stop, protocols }).toEqual(hooks);
	expect([app.connect, app.error, fetchServer(handler).protocols]).toEqual([undefined, undefined, undefined]);
	const connects = fetchServer({ ...handler, connect: () => new Response() });
	expect(connects.protocols).toEqual(['websocket', 'webtransport', 'connect-udp', 'connect-ip']);
});

test('FSA-1: what is none is refused, with the fix', () => {
	// @ts-expect-error a handler object without the marker
	expect(refusal('FSA-1', () => fetchServerToRich(handler))).toContain(
		'has no marker: wrap it, as fetchServer(handler)',
	);
	// @ts-expect-error a rich application
	expect(refusal('FSA-1', () => fetchServerToRich(rich(() => {})))).toContain('as richToFetchServer(app)');
	const fetching = fetchApp(() => new Response());
	// @ts-expect-error a fetch application
	expect(refusal('FSA-1', () => fetchServerToRich(fetching))).toContain("as adapt(app, 'fetch-server')");
	expect(refusal('FSA-1', () => fetchServerToRich(7 as never))).toContain('not a number');
	// @ts-expect-error a function
	expect(refusal('FSA-1', () => fetchServer(() => new Response()))).toContain('not a function');
	// @ts-expect-error what takes a Request
	fetchServer({ fetch: (request: Request) => new Response(request.url) });
	expect(refusal('FSA-1', () => fetchServer({ ...handler, connect: 7 } as never))).toContain(
		'The connect of a handler',
	);
	expect(refusal('FSA-1', () => fetchServer(fetching as never))).toContain('an application of the fetch layer');
	const app = fetchServer(handler);
	// @ts-expect-error a Fetch Server API application
	expect(refusal('RICH-3', () => richToFetchServer(app))).toContain('as fetchServerToRich(app)');
	expect(refusal('RICH-3', () => requireRich(app, 'it'))).toContain('as fetchServerToRich(app)');
	expect(refusal('FETCH-1', () => fetchApp(app as never))).toContain('Stamp it by fetchServer()');
});

test('FSA-2: a marker of another version is refused', () => {
	const other = { ...handler, [PROTOCOL]: 2 };
	for (const act of [() => fetchServer(other), () => fetchServerToRich(other as never)]) {
		expect(refusal('FSA-2', act)).toContain('speaks version 2');
	}
});

test('FSA-3: a handler object with the marker is taken as it is, wherever one is wanted', async () => {
	const written = {
		[Symbol.for('wintertc.server.protocol')]: 1,
		text: 'state',
		fetch(_ctx: ServerContext) {
			return new Response(this.text);
		},
	};
	// The compiler does not see a symbol that is made on the spot.
	const plain = written as unknown as MarkedHandler;
	for (const app of [
		fetchServerToRich(plain),
		adapt(plain as FetchServerApp, 'rich'),
		fetchServerToRich(fetchServer(plain)),
	]) {
		const one = recorded(app);
		await settled();
		expect([one.text, one.faults]).toEqual(['state', []]);
	}
});

test('FSA-4: stop waits for waitUntil, but no longer than the limit; options that are none are refused', async () => {
	const { promise, resolve } = Promise.withResolvers<void>();
	const seen: string[] = [];
	const app = fetchServerToRich(
		fetchServer(
			{
				fetch(ctx) {
					ctx.waitUntil(promise.then(() => void seen.push('kept')));
					return new Response();
				},
			},
			{ stop: () => void seen.push('stop') },
		),
	);
	recorded(app);
	await settled();
	const stopped = app.stop?.();
	await settled();
	expect(seen).toEqual([]);
	resolve();
	await stopped;
	expect(seen).toEqual(['kept', 'stop']);
	for (const options of [{ stopLimit: -1 }, { webSocket: 7 }]) {
		refusal('FSA-4', () => fetchServerToRich(fetchServer(handler), options as never));
	}
});
