/** Applications of each layer that fail, answer twice, never, or too late, and hold the process up: over HTTP/1 and HTTP/2. */
import { connect, type IncomingHttpHeaders } from 'node:http2';
import { type RichApp, rich, utf8 } from 'rsgi';
import { fetchToRich, gatewayToRich, nodeToRich } from 'rsgi/adapters';
import { fetch as fetchApp } from 'rsgi/fetch';
import { bytes, gateway } from 'rsgi/gateway';
import { node } from 'rsgi/node';
import { describe, expect, test } from 'vitest';
import { RawClient } from '../support/raw-client.ts';
import { type Served, served } from '../support/served.ts';

/** What a client has of a request: a status and content, or `cut` when the response was broken off, or 0 when none began. */
interface Got {
	readonly status: number;
	readonly text: string;
	readonly cut: boolean;
}

async function overHttp1({ port }: Served): Promise<Got> {
	const client = await new RawClient(port).connected();
	await client.send('GET /fault HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n');
	await client.closed();
	client.destroy();
	const { received } = client;
	const status = Number(/^HTTP\/1\.1 (\d+)/.exec(received)?.[1] ?? 0);
	const text = received.slice(received.indexOf('\r\n\r\n') + 4);
	const length = /content-length: (\d+)/i.exec(received)?.[1];
	const isChunked = /transfer-encoding: chunked/i.test(received);
	const isWhole = length === undefined ? !isChunked || text.endsWith('0\r\n\r\n') : text.length === Number(length);
	return { status, text, cut: status === 0 || !isWhole };
}

function overHttp2({ url }: Served): Promise<Got> {
	return new Promise((resolve, reject) => {
		const session = connect(url);
		session.on('error', reject);
		const stream = session.request({ ':path': '/fault' });
		let status = 0;
		let text = '';
		stream.on('response', (fields: IncomingHttpHeaders) => {
			status = Number(fields[':status']);
		});
		stream.on('data', (chunk: Buffer) => {
			text += chunk.toString();
		});
		stream.on('error', () => {});
		stream.on('close', () => {
			session.destroy();
			resolve({ status, text, cut: stream.rstCode !== 0 });
		});
	});
}

const never = (): Promise<never> => new Promise(() => {});
const fail = (): never => {
	throw new Error('the application fails');
};

/** Holds up the process, as long as the clock does not do it. */
function block(milliseconds: number): void {
	Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds);
}

const plain = ['content-type', 'text/plain'];

/** A fault, in each layer where it can be committed. */
const FAULTS: Readonly<Record<string, Readonly<Record<string, RichApp>>>> = {
	throws: {
		rich: rich(fail),
		fetch: fetchToRich(fetchApp(fail)),
		node: nodeToRich(node(fail)),
		gateway: gatewayToRich(gateway(fail)),
	},
	rejects: {
		rich: rich(async () => fail()),
		fetch: fetchToRich(fetchApp(async () => fail())),
		gateway: gatewayToRich(gateway(async () => fail())),
	},
	'never answers': {
		rich: rich(() => never()),
		fetch: fetchToRich(fetchApp(() => never())),
		node: nodeToRich(node(() => {})),
		gateway: gatewayToRich(gateway(() => never())),
	},
	'fails within its content': {
		rich: rich((exchange) => {
			exchange.respond(200, plain);
			exchange.write(utf8('begun'));
			fail();
		}),
		fetch: fetchToRich(
			fetchApp(() => {
				let pulls = 0;
				const pull = (controller: ReadableStreamDefaultController<Uint8Array>): void => {
					if (pulls++ > 0) fail();
					controller.enqueue(utf8('begun'));
				};
				return new Response(new ReadableStream({ pull }));
			}),
		),
		node: nodeToRich(
			node((_request, response) => {
				response.write('begun');
				response.destroy(new Error('the application fails'));
			}),
		),
		gateway: gatewayToRich(
			gateway(async function* (_environ: unknown, startResponse: (status: never, fields: never[]) => unknown) {
				startResponse(bytes('200 OK') as never, []);
				yield utf8('begun');
				fail();
			} as never),
		),
	},
	'answers twice': {
		rich: rich((exchange) => {
			exchange.respond(200, plain);
			exchange.end(utf8('once'));
			exchange.respond(200, plain);
		}),
		node: nodeToRich(
			node((_request, response) => {
				response.end('once');
				response.writeHead(500);
			}),
		),
	},
	'writes after the end': {
		rich: rich((exchange) => {
			exchange.respond(200, plain);
			exchange.end(utf8('once'));
			exchange.write(utf8('more'));
		}),
		node: nodeToRich(
			node((_request, response) => {
				response.on('error', () => {});
				response.end('once');
				response.write('more');
			}),
		),
	},
	'blocks the loop': {
		rich: rich((exchange) => {
			block(1500);
			exchange.respond(200, plain);
			exchange.end(utf8('once'));
		}),
		fetch: fetchToRich(
			fetchApp(() => {
				block(1500);
				return new Response('once');
			}),
		),
	},
};

/** What its client gets, whatever the layer. */
const EXPECTED: Readonly<Record<string, (got: Got) => void>> = {
	throws: ({ status }) => expect(status).toBe(500),
	rejects: ({ status }) => expect(status).toBe(500),
	'never answers': ({ status }) => expect(status).toBe(503),
	'fails within its content': ({ cut, text }) => {
		expect(text).not.toContain('fails');
		expect(cut).toBe(true);
	},
	'answers twice': ({ status, text }) => expect([status, text]).toEqual([200, 'once']),
	'writes after the end': ({ status, text }) => expect([status, text]).toEqual([200, 'once']),
	'blocks the loop': ({ status, text }) => expect([status, text]).toEqual([200, 'once']),
};

const HELLO = rich((exchange) => {
	exchange.respond(200);
	exchange.end(utf8('hello'));
});

/** RICH-28, RICH-44. */
describe.each(Object.entries(FAULTS))('an application that %s', (fault, layers) => {
	test.each(Object.entries(layers))('of the layer %s is answered, and touches nobody else', async (_, application) => {
		const app = rich((exchange) => (exchange.target === '/fault' ? application : HELLO)(exchange), {
			protocols: application.protocols ?? [],
		});
		// Its own deadlines are short; those of the process that it holds up are not what is tested.
		const server = await served(app, { timeouts: { response: fault === 'never answers' ? 1000 : 30_000 } });
		const neighbour = connect(server.url);
		for (const over of [overHttp1, overHttp2]) EXPECTED[fault]?.(await over(server));
		const stream = neighbour.request({ ':path': '/hello' });
		let text = '';
		for await (const chunk of stream) text += String(chunk);
		expect(text).toBe('hello');
		neighbour.destroy();
	});
});
