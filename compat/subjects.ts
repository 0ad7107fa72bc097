/** Which frameworks are compared, and what each is asked. */
import type { Mask } from './compare/normalised.ts';
import { common, without } from './requests/common.ts';
import { divided } from './requests/division.ts';
import { express } from './requests/express.ts';
import { fastify } from './requests/fastify.ts';
import { hono } from './requests/hono.ts';
import { koa } from './requests/koa.ts';
import { nest } from './requests/nest.ts';
import { brokenUpstream, proxied } from './requests/proxied.ts';
import { trpc } from './requests/trpc.ts';
import { yoga } from './requests/yoga.ts';
import type { Conversation } from './talk/ask.ts';

export interface Subject {
	/** Its module in `apps/<layer>`. */
	readonly id: string;
	readonly title: string;
	/** The package whose version counts. */
	readonly package: string;
	readonly layer: 'fetch' | 'node';
	/** What it is compared with: the framework's own server. */
	readonly own: string;
	readonly conversations: readonly Conversation[];
	/** How much of it curl asks: it is a process for each request. */
	readonly curl?: 'all' | 'little';
	/** What its answers have that differs from run to run. */
	readonly masks?: readonly Mask[];
}

const EXPRESS: readonly Mask[] = [
	[/connect\.sid=[^;]*/g, 'connect.sid=<id>'],
	[/(?<=; (?:t|pk)=)[^;]*/g, '<of the client>'],
	[/^\d{10}$/g, '<seconds>'],
];

const KOA: readonly Mask[] = [[/koa\.sess(?:\.sig)?=[^;]+/g, 'koa.sess=<kept>']];
const FASTIFY: readonly Mask[] = [[/sessionId=[^;]*/g, 'sessionId=<id>']];

/** Without what a watched connection would have to tell. */
const NEST: readonly Conversation[] = without(
	'a client that stops reading',
	'a client that leaves before it is answered',
	'a client that stops sending',
);

const ALL: readonly Subject[] = [
	{
		id: 'hono',
		curl: 'all',
		title: 'Hono',
		package: 'hono',
		layer: 'fetch',
		own: '@hono/node-server',
		conversations: [...common, ...hono],
		masks: [[/(?<=GET .* \d{3} )\d+ms/g, '<time>']],
	},
	{
		id: 'h3',
		title: 'h3',
		package: 'h3',
		layer: 'fetch',
		own: 'srvx',
		conversations: [...common, ...proxied, ...brokenUpstream],
		masks: [[/session=Fe26[^;]*/g, 'session=<sealed>']],
	},
	{
		id: 'itty',
		title: 'itty-router',
		package: 'itty-router',
		layer: 'fetch',
		own: '@hono/node-server',
		conversations: [...common, ...proxied, ...brokenUpstream],
	},
	{
		id: 'elysia',
		title: 'Elysia',
		package: 'elysia',
		layer: 'fetch',
		own: '@elysiajs/node',
		conversations: without('HEAD /stream'),
	},
	{
		id: 'trpc',
		curl: 'all',
		title: 'tRPC (fetch)',
		package: '@trpc/server',
		layer: 'fetch',
		own: '@hono/node-server',
		conversations: trpc,
	},
	{
		id: 'yoga',
		curl: 'all',
		title: 'GraphQL Yoga (fetch)',
		package: 'graphql-yoga',
		layer: 'fetch',
		own: '@hono/node-server',
		conversations: yoga,
	},
	{
		id: 'express5',
		curl: 'all',
		title: 'Express 5',
		package: 'express',
		layer: 'node',
		own: 'node:http',
		conversations: [...common, ...express],
		masks: EXPRESS,
	},
	{
		id: 'express4',
		title: 'Express 4',
		package: 'express4',
		layer: 'node',
		own: 'node:http',
		conversations: [...common, ...express],
		masks: EXPRESS,
	},
	{
		id: 'koa',
		curl: 'all',
		title: 'Koa 3',
		package: 'koa',
		layer: 'node',
		own: 'node:http',
		conversations: [...without('GET /throw/later'), ...koa],
		masks: KOA,
	},
	{
		id: 'fastify',
		curl: 'all',
		title: 'Fastify 5',
		package: 'fastify',
		layer: 'node',
		own: 'its listen()',
		conversations: [...common, ...fastify],
		masks: FASTIFY,
	},
	{
		id: 'connect',
		title: 'connect',
		package: 'connect',
		layer: 'node',
		own: 'node:http',
		conversations: common,
		masks: EXPRESS,
	},
	{
		id: 'nest-express',
		title: 'NestJS on Express',
		package: '@nestjs/core',
		layer: 'node',
		own: 'its listen()',
		conversations: [...NEST, ...nest],
	},
	{
		id: 'nest-fastify',
		title: 'NestJS on Fastify',
		package: '@nestjs/core',
		layer: 'node',
		own: 'its listen()',
		conversations: [...NEST, ...nest],
	},
	{
		id: 'trpc-express',
		curl: 'all',
		title: 'tRPC (Express)',
		package: '@trpc/server',
		layer: 'node',
		own: 'node:http',
		conversations: trpc,
	},
	{
		id: 'trpc-standalone',
		curl: 'all',
		title: 'tRPC (standalone)',
		package: '@trpc/server',
		layer: 'node',
		own: 'node:http',
		conversations: trpc,
	},
	{
		id: 'yoga-node',
		curl: 'all',
		title: 'GraphQL Yoga (node)',
		package: 'graphql-yoga',
		layer: 'node',
		own: 'node:http',
		conversations: yoga,
	},
];

/** What is compared. */
export const SUBJECTS: readonly Subject[] = ALL.map((subject) => ({
	...subject,
	conversations: divided(subject.conversations, subject.curl ?? 'little'),
}));

/** @throws RangeError for an id that no subject has */
export function subjectOf(id: string): Subject {
	const found = SUBJECTS.find((subject) => subject.id === id);
	if (found === undefined) throw new RangeError(`no framework here is called ${id}`);
	return found;
}
