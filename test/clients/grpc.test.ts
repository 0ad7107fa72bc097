/** spec/apps.md §3, by clients of gRPC, gRPC-Web and Connect that we did not write. */
import { createClient } from '@connectrpc/connect';
import { createConnectTransport, createGrpcWebTransport } from '@connectrpc/connect-web';
import { type Client, credentials, loadPackageDefinition, Metadata, type ServiceError, status } from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';
import { rich, utf8 } from 'rsgi';
import { fetchToRich, gatewayToRich, underGateway } from 'rsgi/adapters';
import { type ConnectOptions, connect } from 'rsgi/connect';
import { escape } from 'rsgi/escape';
import { fetch as fetchApp } from 'rsgi/fetch';
import { describe, expect, onTestFinished, test } from 'vitest';
import { succeed } from '../support/command.ts';
import { refusal } from '../support/refusal.ts';
import { ECHO_PROTO, echoService } from '../support/rpc/echo-service.ts';
import { served } from '../support/served.ts';

interface Text {
	readonly text: string;
}

/** What procedures have been told of their end. */
class Aborts {
	readonly reasons: string[] = [];
	#wake: (() => void) | null = null;

	add(reason: string): void {
		this.reasons.push(reason);
		this.#wake?.();
	}

	async next(): Promise<string> {
		while (this.reasons.length === 0) {
			await new Promise<void>((resolve) => {
				this.#wake = resolve;
			});
		}
		return this.reasons.shift() as string;
	}
}

function echoApp(aborts: Aborts = new Aborts(), options: ConnectOptions = {}) {
	return connect((router) => {
		router.service(echoService(), {
			async unary(
				{ text }: Text,
				context: { signal: AbortSignal; responseHeader: Headers; responseTrailer: Headers; requestHeader: Headers },
			) {
				if (text === 'wait') {
					await new Promise<void>((resolve) => {
						context.signal.addEventListener('abort', () => {
							aborts.add(String((context.signal.reason as Error).message));
							resolve();
						});
					});
				}
				if (text === 'boom') throw new Error('boom');
				context.responseHeader.set('x-head', context.requestHeader.get('x-sent') ?? 'none');
				context.responseTrailer.set('x-trail', 'yes');
				return { text: text.toUpperCase() };
			},
			async *down({ text }: Text) {
				for (const letter of text) yield { text: letter };
			},
			async up(texts: AsyncIterable<Text>) {
				let all = '';
				for await (const { text } of texts) all += text;
				return { text: all };
			},
			async *both(texts: AsyncIterable<Text>) {
				for await (const { text } of texts) yield { text: text.toUpperCase() };
			},
		} as never);
	}, options);
}

/** The methods of a client of grpc-js, which has no types without generated code. */
interface EchoClient extends Client {
	unary(
		message: Text,
		metadata: Metadata,
		options: object,
		done: (error: ServiceError | null, reply: Text) => void,
	): Call;
	down(message: Text): AsyncIterable<Text>;
	up(done: (error: ServiceError | null, reply: Text) => void): Sink;
	both(): AsyncIterable<Text> & Sink;
}
interface Call {
	on(event: 'metadata' | 'status', listener: (value: never) => void): void;
	cancel(): void;
}
interface Sink {
	write(message: Text): void;
	end(): void;
}

function grpcClient(port: number): EchoClient {
	const loaded = loadPackageDefinition(loadSync(ECHO_PROTO)) as unknown as {
		test: { Echo: new (address: string, given: unknown) => EchoClient };
	};
	const client = new loaded.test.Echo(`127.0.0.1:${port}`, credentials.createInsecure());
	onTestFinished(() => client.close());
	return client;
}

const ways = [
	['by itself', echoApp],
	['escaped from a gateway application', (aborts?: Aborts) => gatewayToRich(underGateway(echoApp(aborts)))],
	[
		'escaped from a fetch application',
		(aborts?: Aborts) => {
			const app = echoApp(aborts);
			return fetchToRich(fetchApp((request) => escape(request, app)));
		},
	],
] as const;

describe.each(ways)('APP-5: gRPC by grpc-js, %s', (_name, make) => {
	test('all four kinds of calls, with metadata both ways', async () => {
		const { port } = await served(make());
		const client = grpcClient(port);
		const metadata = new Metadata();
		metadata.set('x-sent', 'sent');
		const seen: Record<string, unknown> = {};
		const reply = await new Promise<Text>((resolve, reject) => {
			const call = client.unary({ text: 'hello' }, metadata, {}, (error, text) =>
				error ? reject(error) : resolve(text),
			);
			call.on('metadata', (given: Metadata) => {
				seen.head = given.get('x-head');
			});
			call.on('status', (given: { metadata: Metadata }) => {
				seen.trail = given.metadata.get('x-trail');
			});
		});
		expect(reply).toEqual({ text: 'HELLO' });
		await new Promise(setImmediate);
		expect(seen).toEqual({ head: ['sent'], trail: ['yes'] });

		const down: string[] = [];
		for await (const { text } of client.down({ text: 'abc' })) down.push(text);
		expect(down).toEqual(['a', 'b', 'c']);

		const up = await new Promise<Text>((resolve, reject) => {
			const call = client.up((error, text) => (error ? reject(error) : resolve(text)));
			for (const text of ['x', 'y', 'z']) call.write({ text });
			call.end();
		});
		expect(up).toEqual({ text: 'xyz' });

		// Full duplex: each message is sent when the one before has come back.
		const both = client.both();
		const back: string[] = [];
		both.write({ text: 'p' });
		for await (const { text } of both) {
			back.push(text);
			if (back.length === 3) both.end();
			else both.write({ text: 'qr'[back.length - 1] as string });
		}
		expect(back).toEqual(['P', 'Q', 'R']);
	});

	test('a failure is a status, and its message stays here', async () => {
		const { port } = await served(make());
		const error = await new Promise<ServiceError | null>((resolve) => {
			grpcClient(port).unary({ text: 'boom' }, new Metadata(), {}, resolve);
		});
		expect([error?.code, error?.details]).toEqual([status.INTERNAL, 'internal error']);
	});

	test('APP-6: deadlines, cancelled calls and lost clients abort the procedure', async () => {
		const aborts = new Aborts();
		const { port } = await served(make(aborts));
		const client = grpcClient(port);
		const late = await new Promise<ServiceError | null>((resolve) => {
			client.unary({ text: 'wait' }, new Metadata(), { deadline: Date.now() + 300 }, resolve);
		});
		expect(late?.code).toBe(status.DEADLINE_EXCEEDED);
		await aborts.next();
		const cancelled = new Promise<ServiceError | null>((resolve) => {
			const call = client.unary({ text: 'wait' }, new Metadata(), {}, resolve);
			setTimeout(() => call.cancel(), 100);
		});
		expect((await cancelled)?.code).toBe(status.CANCELLED);
		expect(await aborts.next()).toContain('the exchange ended');
	});
});

test('APP-5: gRPC by grpcurl', async () => {
	const { port } = await served(echoApp());
	const flags = ['-plaintext', '-import-path', ECHO_PROTO.replace(/\/[^/]*$/, ''), '-proto', 'echo.proto'];
	const out = await succeed('grpcurl', [...flags, '-d', '{"text":"hello"}', `127.0.0.1:${port}`, 'test.Echo/Unary']);
	expect(JSON.parse(out)).toEqual({ text: 'HELLO' });
	const down = await succeed('grpcurl', [...flags, '-d', '{"text":"ab"}', `127.0.0.1:${port}`, 'test.Echo/Down']);
	expect(down.match(/"text": "."/g)).toEqual(['"text": "a"', '"text": "b"']);
});

describe('APP-5: over HTTP/1.1', () => {
	const clients = (url: string) => {
		const options = { baseUrl: url };
		return [createConnectTransport(options), createGrpcWebTransport(options)].map(
			(transport) =>
				createClient(echoService(), transport) as unknown as {
					unary(message: Text): Promise<Text>;
					down(message: Text): AsyncIterable<Text>;
				},
		);
	};
	test('Connect and gRPC-Web, unary and streaming', async () => {
		const { url } = await served(echoApp(undefined, { prefix: '/rpc' }));
		for (const client of clients(`${url}/rpc`)) {
			expect((await client.unary({ text: 'hello' })).text).toBe('HELLO');
			const down: string[] = [];
			for await (const { text } of client.down({ text: 'abc' })) down.push(text);
			expect(down).toEqual(['a', 'b', 'c']);
			await expect(client.unary({ text: 'boom' })).rejects.toThrow('internal');
		}
	});
	test('Connect by curl, in JSON', async () => {
		const { url } = await served(echoApp());
		for (const version of ['--http1.1', '--http2-prior-knowledge']) {
			const flags = ['-s', version, '-H', 'content-type: application/json', '-d', '{"text":"hi"}'];
			expect(JSON.parse(await succeed('curl', [...flags, `${url}/test.Echo/Unary`]))).toEqual({ text: 'HI' });
		}
	});
	test('gRPC itself is answered 505, and what is no procedure by another', async () => {
		const other = rich((exchange) => {
			exchange.respond(200);
			exchange.end(utf8('other'));
		});
		const { url } = await served(echoApp(undefined, { otherwise: other }));
		const grpc = await fetch(`${url}/test.Echo/Unary`, {
			method: 'POST',
			headers: { 'content-type': 'application/grpc' },
		});
		expect(grpc.status).toBe(505);
		expect(await grpc.text()).toContain('gRPC needs HTTP/2');
		expect(await (await fetch(`${url}/test.Echo`)).text()).toBe('other');
		expect((await fetch(`${(await served(echoApp())).url}/nothing`)).status).toBe(404);
	});
});

test('APP-5: a call whose content was read before the escape is a 500, and the log says what to leave out', async () => {
	const app = echoApp();
	const parsing = fetchApp(async (request) => {
		await request.json();
		return escape(request, app);
	});
	const { url, log } = await served(fetchToRich(parsing));
	const response = await fetch(`${url}/test.Echo/Unary`, {
		method: 'POST',
		headers: { 'content-type': 'application/json' },
		body: '{"text":"hi"}',
	});
	expect(response.status).toBe(500);
	expect(log.map(({ error }) => String(error)).join()).toContain('leave out the middleware that parses bodies');
});

test('APP-5: what is given wrongly is refused', () => {
	refusal('APP-5', () => connect(null as never));
	refusal('APP-5', () => connect(() => {}, { prefix: '/api/' }));
});

test('APP-7: a compressed message that is a bomb is refused', async () => {
	const { gzipSync } = await import('node:zlib');
	const { url } = await served(echoApp(undefined, { readMaxBytes: 64 * 1024 }));
	for (const [content, code] of [
		[gzipSync(`{"text":"${'a'.repeat(1 << 24)}"}`), 'resource_exhausted'],
		[utf8('no gzip'), 'invalid_argument'],
	] as const) {
		const response = await fetch(`${url}/test.Echo/Unary`, {
			method: 'POST',
			headers: { 'content-type': 'application/json', 'content-encoding': 'gzip' },
			body: new Uint8Array(content),
		});
		expect(((await response.json()) as { code: string }).code).toBe(code);
	}
	const small = await fetch(`${url}/test.Echo/Unary`, {
		method: 'POST',
		headers: { 'content-type': 'application/json', 'content-encoding': 'gzip' },
		body: new Uint8Array(gzipSync('{"text":"small"}')),
	});
	expect(await small.json()).toEqual({ text: 'SMALL' });
});
