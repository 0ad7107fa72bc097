/** spec/escape.md §6: the escape of the node layer. */
import type { ServerResponse } from 'node:http';
import { gzipSync } from 'node:zlib';
import { type RichApp, rich, utf8 } from 'rsgi';
import { nodeToRich } from 'rsgi/adapters';
import { type Discarded, escape, interceptEscapes, placeholder } from 'rsgi/escape';
import { type NodeFunction, node } from 'rsgi/node';
import { describe, expect, test } from 'vitest';
import { answer } from '../support/escaping-gateway.ts';
import { askedNode, openNode, turns } from '../support/node-request.ts';
import { recorded } from '../support/recorded-client.ts';
import { RecordingHandler } from '../support/recording-handler.ts';
import { refusal } from '../support/refusal.ts';

const RICH = ['respond 200 x-app: rich', 'data rich', 'end'];
const POST = { method: 'POST', hasContent: true };

async function asked(run: NodeFunction, request = {}): Promise<ReturnType<typeof askedNode>> {
	const client = askedNode(run, request);
	await turns(12);
	return client;
}

/** Middleware that does something to what is written, as those of Express do: it puts its own methods on the response. */
function rewritten(run: NodeFunction, rewrite: (content: Buffer, res: ServerResponse) => Buffer): NodeFunction {
	return (req, res, next) => {
		const { end } = res;
		const chunks: Buffer[] = [];
		res.write = (chunk: unknown) => chunks.push(Buffer.from(chunk as string)) > 0;
		res.end = (chunk?: unknown) => {
			if (typeof chunk === 'string' || chunk instanceof Uint8Array) chunks.push(Buffer.from(chunk as string));
			const content = rewrite(Buffer.concat(chunks), res);
			return Reflect.apply(end, res, [content]) as ServerResponse;
		};
		return run(req, res, next);
	};
}

describe('ESC-54: the placeholder as a response of Node', () => {
	const ways: [string, NodeFunction][] = [
		['escape()', (req, res) => escape(req, res, answer)],
		[
			'later',
			async (req, res) => {
				await turns(1);
				escape(req, res, answer);
			},
		],
		[
			'placeholder()',
			(req, res) => {
				const { status, headers, body } = placeholder(req, answer);
				res.writeHead(status, { ...headers });
				res.write(body.slice(0, 9));
				res.end(body.slice(9));
			},
		],
		[
			'compressed',
			rewritten(
				(req, res) => escape(req, res, answer),
				(content, res) => {
					res.removeHeader('content-length');
					res.setHeader('content-encoding', 'gzip');
					return gzipSync(content);
				},
			),
		],
		[
			'with another Content-Type',
			rewritten(
				(req, res) => escape(req, res, answer),
				(content, res) => {
					res.setHeader('content-type', 'text/html');
					return content;
				},
			),
		],
	];
	for (const [name, run] of ways) {
		test(`${name}`, async () => {
			for (const request of [{}, { httpVersion: '1.1' }]) {
				const client = await asked(run, request);
				expect(client.faults).toEqual([]);
				expect(client.log).toEqual(RICH);
			}
		});
	}
	test('with what middleware has set, and to HEAD', async () => {
		for (const method of ['GET', 'HEAD']) {
			const client = await asked(
				(req, res) => {
					res.setHeader('Set-Cookie', ['a=1', 'b=2']);
					res.setHeader('X-Powered-By', 'Express');
					escape(req, res, answer);
				},
				{ method },
			);
			expect(client.log[0]).toBe('respond 200 Set-Cookie: a=1 Set-Cookie: b=2 X-Powered-By: Express x-app: rich');
			expect(client.log.at(-1)).toBe('end');
		}
	});
	test('a WebSocket over HTTP/2', async () => {
		const handler = new RecordingHandler();
		const methods: unknown[] = [];
		const client = recorded(
			nodeToRich(
				node((req, res) => {
					methods.push(req.method, req.headers.upgrade);
					res.setHeader('set-cookie', 'a=1');
					escape(
						req,
						res,
						rich((exchange) => void exchange.accept?.([], handler)),
					);
				}),
			),
			{ method: 'CONNECT', protocol: 'websocket' },
		);
		client.client.send(utf8('early'));
		await turns();
		client.client.end();
		await turns();
		expect(methods).toEqual(['GET', 'websocket']);
		expect(client.log).toEqual(['accept set-cookie: a=1']);
		expect(handler.log).toEqual(['data early', 'end']);
	});
	test('the content that is left, after some was read', async () => {
		const echo = rich((exchange) => {
			exchange.respond(200, ['x-unread', exchange.unread]);
			return {
				data: (chunk: Uint8Array) => void exchange.write(chunk),
				end: (trailers) => exchange.end(utf8('.'), trailers),
			};
		});
		for (const [reads, unread, got] of [
			[0, 'whole', 'one two.'],
			[1, 'partial', 'two.'],
			[9, 'none', '.'],
		] as const) {
			const client = askedNode(async (req, res) => {
				let count = 0;
				if (reads > 0) {
					await new Promise<void>((resolve) => {
						req.on('data', () => {
							if (++count < reads) return;
							req.pause();
							resolve();
						});
						req.on('end', resolve);
					});
				}
				escape(req, res, echo);
			}, POST);
			await turns();
			client.client.send(utf8('one '));
			await turns();
			client.client.send(utf8('two'));
			client.client.end(['x-t', '1']);
			await turns();
			expect(client.faults).toEqual([]);
			expect([client.fields.first('x-unread'), client.text, client.trailers?.lines]).toEqual([
				unread,
				got,
				['x-t', '1'],
			]);
		}
	});
	test('what is given wrongly is refused', async () => {
		const said: string[] = [];
		await asked((req, res) => {
			said.push(refusal('ESC-54', () => escape(req, {} as never, answer)));
			said.push(refusal('ESC-54', () => escape(null as never, res, answer)));
			said.push(refusal('ESC-54', () => escape(req as never, answer)));
			said.push(refusal('RICH-3', () => escape(req, res, {} as never)));
			said.push(refusal('ESC-52', () => escape({}, res, answer)));
			res.end();
		});
		expect(said).toHaveLength(5);
		expect(said[2]).toContain('write escape(req, res, app)');
		expect(said[4]).toContain('ctx.req in Koa');
	});
});

describe('what does not come through, in node', () => {
	const escaping: NodeFunction = (req, res) => escape(req, res, answer);
	test('ESC-12: a replaced body, a forged one, a replayed one', async () => {
		const replaced = await asked(
			rewritten(escaping, () => Buffer.from('log in')),
			{},
		);
		const forged = await asked((_req, res) => {
			res.setHeader('content-type', 'application/vnd.rsgi.escape; id=x').end('x');
		});
		let kept: ReturnType<typeof placeholder> | null = null;
		await asked((req, res) => {
			kept = placeholder(req, answer);
			res.end();
		});
		const replayed = await asked((_req, res) => {
			const { headers, body } = kept as unknown as ReturnType<typeof placeholder>;
			res.writeHead(200, { ...headers }).end(body);
		});
		for (const client of [forged, replayed]) {
			expect([client.status, client.text]).toEqual([500, 'Internal Server Error\n']);
			expect(client.faults.map(String).join()).toContain('ESC-12');
			expect(client.faults.map(String).join()).not.toContain('rsgi-escape-');
		}
		// Node itself refuses content that is shorter than its Content-Length says.
		expect(replaced.text).not.toContain('rsgi-escape-');
		expect(replaced.text).not.toContain('log in');
	});
	test('ESC-13: another status', async () => {
		const client = await asked((req, res) => {
			const { headers, body } = placeholder(req, answer);
			res.writeHead(401, { ...headers, 'x-why': 'no' }).end(body);
		});
		expect(client.log).toEqual(['respond 401 x-why: no', 'end']);
	});
	test('ESC-11, ESC-15: a page in its place', async () => {
		const page: NodeFunction = (req, res) => {
			placeholder(req, answer);
			res.setHeader('content-type', 'text/plain');
			res.write('r');
			res.end('est');
		};
		expect((await asked(page)).log).toEqual(['respond 200 content-type: text/plain', 'data r', 'data est', 'end']);
		expect((await asked(page, { method: 'CONNECT', protocol: 'websocket' })).status).toBe(501);
	});
	test('ESC-26: is discarded', async () => {
		const discards: Discarded[] = [];
		const discarded = (why: Discarded): void => void discards.push(why);
		await asked((req, res) => {
			placeholder(req, answer, { discarded });
			res.end('page');
		});
		const waiting = await asked((req) => void placeholder(req, answer, { discarded }));
		waiting.client.lose();
		await turns();
		expect(discards).toEqual([{ reason: 'replaced' }, { reason: 'ended', outcome: { reason: 'lost', code: 0 } }]);
	});
	test('ESC-26: a promise of what is told that it is discarded may be rejected', async () => {
		const client = await asked((req, res) => {
			placeholder(req, answer, { discarded: () => Promise.reject(new Error('cannot')) });
			res.end('page');
		});
		expect([client.status, client.faults.map(String)]).toEqual([200, ['Error: cannot']]);
	});
	test('ESC-25: an application that fails', async () => {
		for (const failing of [
			rich(() => {
				throw new Error('boom');
			}),
			rich(async () => {
				throw new Error('boom');
			}),
		]) {
			const client = await asked((req, res) => escape(req, res, failing));
			expect([client.status, client.text]).toEqual([500, 'Internal Server Error\n']);
			expect(client.faults.map(String)).toEqual(['Error: boom']);
		}
	});
});

/** When the client is lost, `end` of Node.js 22 does not call back. */
const LOST = Number.parseInt(process.versions.node, 10) < 24 ? ['close'] : ['called back', 'close'];

test('ESC-55: finish and close come when the exchange has ended', async () => {
	let finish: () => void = () => {};
	const slow = rich((exchange) => {
		exchange.respond(200);
		exchange.write(utf8('a'));
		finish = () => exchange.end();
	});
	for (const lost of [false, true]) {
		const events: string[] = [];
		const client = askedNode((req, res) => {
			for (const name of ['finish', 'close']) res.on(name, () => events.push(name));
			const { headers, body } = placeholder(req, slow);
			res.writeHead(200, { ...headers });
			res.end(body, () => events.push('called back'));
		});
		await turns();
		expect(client.log).toEqual(['respond 200', 'data a']);
		expect(events).toEqual([]);
		if (lost) client.client.lose();
		else finish();
		await turns();
		expect(events.sort()).toEqual(lost ? LOST : ['called back', 'close', 'finish']);
		expect(client.faults).toEqual([]);
	}
});

test('ESC-56: a head that is flushed goes, unless it is that of a placeholder', async () => {
	const page = await openNode();
	page.res.flushHeaders();
	await turns();
	expect(page.asked.log).toEqual(['respond 200']);
	page.res.end();
	const client = await asked((req, res) => {
		const { headers, body } = placeholder(req, answer);
		res.writeHead(200, { ...headers });
		res.flushHeaders();
		res.end(body);
	});
	expect(client.log).toEqual(RICH);
	const registered = askedNode((req, res) => {
		placeholder(req, answer);
		res.flushHeaders();
	});
	await turns();
	expect(registered.log).toEqual(['respond 200']);
	registered.client.lose();
	await turns();
});

test('ESC-32: interceptors of node middleware, the one nearest to the server outermost', async () => {
	const log: string[] = [];
	const naming =
		(name: string) =>
		(app: RichApp): RichApp =>
			rich((exchange) => {
				log.push(name);
				return app(exchange);
			}, app);
	const use =
		(name: string, inner: NodeFunction): NodeFunction =>
		(req, res, next) =>
			interceptEscapes(naming(name), () => inner(req, res, next));
	const client = await asked(
		use(
			'outer',
			use('inner', async (req, res) => {
				await turns(1);
				escape(req, res, answer);
			}),
		),
	);
	expect(client.log).toEqual(RICH);
	expect(log).toEqual(['outer', 'inner']);
});

test('ESC-33: a stream that calls back in the context above an interceptor is no way around it', async () => {
	const denied = (_app: RichApp): RichApp =>
		rich((exchange) => {
			exchange.respond(401);
			exchange.end();
		});
	const log: string[] = [];
	const naming =
		(name: string) =>
		(app: RichApp): RichApp =>
			rich((exchange) => {
				log.push(name);
				return app(exchange);
			}, app);
	const read =
		(within: (rest: () => void) => void): NodeFunction =>
		(req, res) => {
			// Middleware that counts: whose context the stream keeps.
			req.on('data', () => {});
			within(() => req.on('end', () => escape(req, res, answer)));
		};
	const refused = await asked(read((rest) => interceptEscapes(denied, rest)));
	expect(refused.log).toEqual(['respond 401', 'end']);
	const wrapped = await asked(
		read((rest) => interceptEscapes(naming('outer'), () => interceptEscapes(naming('inner'), rest))),
	);
	expect(wrapped.log).toEqual(RICH);
	expect(log).toEqual(['outer', 'inner']);
});
