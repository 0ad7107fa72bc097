/** spec/node.md §1: what belongs to the node layer, to the compiler and at run time. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { rich } from 'rsgi';
import { nodeToRich } from 'rsgi/adapters';
import { fetch as fetchApp } from 'rsgi/fetch';
import { node, requireNode } from 'rsgi/node';
import { expect, test } from 'vitest';
import { requireRich } from '../../src/rich/app.ts';
import { layerOf } from '../../src/wire/layer.ts';
import { askedNode, turns } from '../support/node-request.ts';
import { recorded } from '../support/recorded-client.ts';
import { refusal } from '../support/refusal.ts';

const plain = (_req: IncomingMessage, res: ServerResponse): void => void res.end('hello');
const hooks = { start: () => {}, stop: () => {}, protocols: ['toy'] };

test('NODE-1: node() stamps a function, and keeps start, stop and protocols', () => {
	const app = node(plain, hooks);
	expect(layerOf(app)).toBe('node');
	expect(requireNode(app, 'it')).toBe(app);
	for (const { start, stop, protocols } of [app, node(app), nodeToRich(app)]) {
		expect({ start, stop, protocols }).toEqual(hooks);
	}
	expect(node(app, {}).start).toBeUndefined();
});

test('NODE-1: what is no node application is refused, with the fix', () => {
	// @ts-expect-error an unmarked function
	expect(refusal('NODE-1', () => nodeToRich(plain))).toBe(
		'nodeToRich() takes a node application, not an unmarked function: wrap it, as node(plain). (NODE-1)',
	);
	// @ts-expect-error a fetch application
	expect(refusal('NODE-1', () => nodeToRich(fetchApp(() => new Response())))).toContain("as adapt(app, 'node')");
	// @ts-expect-error a server
	expect(refusal('NODE-1', () => nodeToRich(createServer()))).toContain('made by node((req, res) => …), not a Server');
	// @ts-expect-error a number
	expect(refusal('NODE-1', () => node(7))).toContain('not a number');
	// @ts-expect-error an object that no framework makes
	expect(refusal('NODE-1', () => node({ get: plain }))).toContain('not an object with get');
	// @ts-expect-error a rich application
	expect(refusal('NODE-1', () => node(rich(() => {})))).toContain('as richToNode(app)');
	expect(refusal('RICH-3', () => requireRich(node(plain), 'it'))).toContain('as nodeToRich(app)');
});

test('NODE-1: an application of Koa is asked for its handler once', async () => {
	let asked = 0;
	const koa = {
		use() {},
		callback() {
			asked++;
			return plain;
		},
	};
	const app = nodeToRich(node(koa));
	for (let time = 0; time < 2; time++) {
		const client = recorded(app);
		await turns();
		expect(client.text).toBe('hello');
	}
	expect(asked).toBe(1);
});

test('NODE-2: an application of Fastify is made ready and closed', async () => {
	const did: string[] = [];
	const fastify = {
		routing: plain,
		inject() {},
		ready: async () => void did.push('ready'),
		close: async () => void did.push('close'),
	};
	const app = nodeToRich(node(fastify));
	await app.start?.();
	const client = recorded(app);
	await turns();
	expect(client.text).toBe('hello');
	await app.stop?.();
	expect(did).toEqual(['ready', 'close']);
});

test('NODE-2: so is one of Nest, on Express and on Fastify, and before that it says so', async () => {
	const fastify = { routing: plain, inject() {}, ready: async () => {}, close: async () => {} };
	for (const instance of [plain, fastify]) {
		const did: string[] = [];
		const app = nodeToRich(
			node({
				init: async () => void did.push('init'),
				close: async () => void did.push('close'),
				getHttpAdapter: () => ({ getInstance: () => instance }),
			}),
		);
		const early = recorded(app);
		await turns();
		expect(early.status).toBe(500);
		expect(String(early.faults[0])).toContain('call its start(), which serve() does. (NODE-2)');
		await app.start?.();
		const client = recorded(app);
		await turns();
		expect(client.text).toBe('hello');
		await app.stop?.();
		expect(did).toEqual(['init', 'close']);
	}
});

test('NODE-2, NODE-3: so is one of Next, whose handler is not given next', async () => {
	const did: unknown[] = [];
	const app = nodeToRich(
		node({
			prepare: async () => void did.push('prepare'),
			close: async () => void did.push('close'),
			getRequestHandler:
				() =>
				(...given: [IncomingMessage, ServerResponse]) => {
					did.push(given.length);
					given[1].end('hello');
				},
		}),
	);
	await app.start?.();
	const client = recorded(app);
	await turns();
	expect(client.text).toBe('hello');
	await app.stop?.();
	expect(did).toEqual(['prepare', 2, 'close']);
});

test('NODE-3: next answers 404, or what the error says', async () => {
	const lost = Object.assign(new Error('gone'), { status: 410 });
	const broken = new Error('broken');
	for (const [error, status, faults] of [
		[undefined, 404, []],
		[null, 404, []],
		[lost, 410, []],
		[Object.assign(new Error('large'), { statusCode: 413 }), 413, []],
		[broken, 500, [broken]],
		[Object.assign(new Error('odd'), { status: 200 }), 500, [expect.objectContaining({ message: 'odd' })]],
		['text', 500, ['text']],
	] as const) {
		const asked = askedNode((_req, res, next) => {
			res.setHeader('x-secret', '1');
			next(error);
		});
		await turns();
		expect(asked.status).toBe(status);
		expect(asked.fields.has('x-secret')).toBe(false);
		expect(asked.log.at(-1)).toBe('end');
		expect(asked.faults).toEqual(faults);
	}
});

test('NODE-3: behind the head of a response an error breaks it off, and no error does nothing', async () => {
	const error = new Error('late');
	const asked = askedNode((_req, res, next) => {
		res.write('a');
		next(error);
	});
	await turns();
	expect(asked.log.at(-1)).toBe('reset 2');
	expect(asked.faults).toEqual([error]);
	const fine = askedNode((_req, res, next) => {
		res.end('a');
		next();
	});
	await turns();
	expect([fine.status, fine.text, fine.log.at(-1)]).toEqual([200, 'a', 'end']);
});

test('NODE-3: an application of Express or connect is not given next', async () => {
	let given: unknown[] = [];
	const express = Object.assign(
		(...args: [IncomingMessage, ServerResponse]) => {
			given = args;
			args[1].end();
		},
		{ handle() {}, listen() {} },
	);
	askedNode(express);
	await turns();
	expect(given.length).toBe(2);
});
