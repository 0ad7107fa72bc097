/** Requests to gateway applications in memory. */
import { gatewayToRich } from 'rsgi/adapters';
import { type Body, bytes, type Environ, type FieldPairs, type GatewayFunction, gateway } from 'rsgi/gateway';
import type { PairRequest } from '../../src/rich/pair.ts';
import { utf8 } from '../../src/wire/utf8.ts';
import { type RecordedClient, type RecordedOptions, recorded } from './recorded-client.ts';
import { settled } from './settled.ts';

/** A client, and the lines that went to `wsgi.errors`. */
export interface Requested extends RecordedClient {
	readonly lines: string[];
}

/** Makes a request of a gateway application. What it throws goes to `faults`. */
export function requested(run: GatewayFunction, request: PairRequest = {}, options: RecordedOptions = {}): Requested {
	const lines: string[] = [];
	const app = gatewayToRich(gateway(run), { errors: (line) => void lines.push(line) });
	return Object.assign(recorded(app, request, options), { lines });
}

/** The environ that a request has. */
export async function environFor(request: PairRequest, options: RecordedOptions = {}): Promise<Environ> {
	let seen: Environ | null = null;
	requested(
		(environ, startResponse) => {
			seen = environ;
			startResponse(bytes('204 No Content'), []);
			return [];
		},
		request,
		options,
	);
	await settled();
	return seen as unknown as Environ;
}

/** An application that answers 200 with these blocks. */
export function answering(body: Body, fields: FieldPairs = []): GatewayFunction {
	return (_environ, startResponse) => {
		startResponse(bytes('200 OK'), fields);
		return body;
	};
}

/** Blocks of text. */
export function blocks(...texts: string[]): Uint8Array[] {
	return texts.map((text) => utf8(text));
}

/** Some turns of the event loop: each block takes one to leave. */
export async function turns(count: number = 12): Promise<void> {
	for (let turn = 0; turn < count; turn++) await settled();
}
