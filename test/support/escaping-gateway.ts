/** Gateway applications that escape, with whatever middleware, asked in memory. */
import { type RichApp, rich, utf8 } from 'rsgi';
import { gatewayToRich, underGateway } from 'rsgi/adapters';
import {
	type Body,
	bytes,
	type FieldPairs,
	type GatewayApp,
	type GatewayMiddleware,
	gateway,
	latin1,
} from 'rsgi/gateway';
import type { PairRequest } from '../../src/rich/pair.ts';
import { type RecordedClient, recorded } from './recorded-client.ts';
import { settled } from './settled.ts';

/** Answers 200 with `rich`. */
export const answer: RichApp = rich((exchange) => {
	exchange.respond(200, ['x-app', 'rich']);
	exchange.end(utf8('rich'));
});

/** Makes a request of an application under middleware, and waits for all that follows. */
export async function escaped(
	app: RichApp | GatewayApp,
	middleware: GatewayMiddleware = (inner) => inner,
	request: PairRequest = {},
): Promise<RecordedClient> {
	const inner = isRich(app) ? underGateway(app) : app;
	const client = recorded(gatewayToRich(middleware(inner), { errors: () => {} }), request);
	for (let turn = 0; turn < 60; turn++) await settled();
	return client;
}

function isRich(app: RichApp | GatewayApp): app is RichApp {
	return app[Symbol.for('rsgi.layer') as unknown as keyof typeof app] === ('rich' as never);
}

/** What a response is made of, to be changed by middleware. */
export interface Parts {
	status: string;
	fields: [string, string][];
	content: Uint8Array;
}

/** Middleware that reads a response to its end and sends what it makes of it. */
export function rewriting(change: (parts: Parts) => void | Promise<void>): GatewayMiddleware {
	return (app) =>
		gateway(async (environ, startResponse) => {
			const parts: Parts = { status: '', fields: [], content: new Uint8Array(0) };
			const body = await app(environ, (status, fields) => {
				parts.status = latin1(status);
				parts.fields = fields.map(([name, value]) => [latin1(name), latin1(value)]);
				return () => Promise.resolve();
			});
			parts.content = await readAll(body);
			await change(parts);
			const fields: FieldPairs = parts.fields.map(([name, value]) => [bytes(name), bytes(value)]);
			startResponse(bytes(parts.status), fields);
			return [parts.content];
		}, app);
}

/** All blocks of a body, which is closed then. */
async function readAll(body: Body): Promise<Uint8Array> {
	const chunks: number[] = [];
	for await (const block of body) chunks.push(...block);
	await body.close?.();
	return Uint8Array.from(chunks);
}

/** Sets a field, in place of all of that name; takes it out for null. */
export function setField(parts: Parts, name: string, value: string | null): void {
	parts.fields = parts.fields.filter(([other]) => other.toLowerCase() !== name.toLowerCase());
	if (value !== null) parts.fields.push([name, value]);
}
