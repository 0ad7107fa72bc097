/** Frameworks whose applications are more than a listener: how to get one of them, and what has to be done before and after. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { RichHooks } from '../../rich/app.ts';
import { Misuse } from '../../wire/fault.ts';
import { nodeFrameworkName } from '../../wire/framework.ts';

type Listener = (request: IncomingMessage, response: ServerResponse) => unknown;

/** An application of Koa. */
export interface KoaLike {
	callback(): Listener;
}

/** An application of Fastify. */
export interface FastifyLike {
	readonly routing: Listener;
	ready(): PromiseLike<unknown>;
	close(): PromiseLike<unknown>;
}

/** An application of Nest. */
export interface NestLike {
	init(): PromiseLike<unknown>;
	close(): PromiseLike<unknown>;
	getHttpAdapter(): { getInstance(): unknown };
}

/** What Next gives to custom servers. */
export interface NextLike {
	prepare(): PromiseLike<unknown>;
	close(): PromiseLike<unknown>;
	/** Its third parameter is a parsed URL, and no `next`. */
	getRequestHandler(): Listener;
}

/** What {@link node} takes beside functions, such as those of Express and connect. */
export type NodeFramework = KoaLike | FastifyLike | NestLike | NextLike;

/** A listener, with what its framework does before the first request and after the last. */
export interface FrameworkHandler {
	readonly run: Listener;
	readonly hooks: RichHooks;
}

/** Whether a value is an application of one of these frameworks, or of Express or connect, by the methods that it has. */
export function isNodeFramework(app: unknown): app is NodeFramework | Listener {
	return nodeFrameworkName(app) !== null;
}

/** The listener of a framework's application, or null for what is of none of them. */
export function frameworkHandler(app: unknown): FrameworkHandler | null {
	if (isNest(app)) return nestHandler(app);
	if (isFastify(app)) return fastifyHandler(app);
	if (isNext(app)) return nextHandler(app);
	if (isExpress(app)) {
		// Without next they answer 404 and 500 in their own way, as under node:http.
		return { run: (request, response) => app(request, response), hooks: {} };
	}
	if (isKoa(app)) return { run: app.callback(), hooks: {} };
	return null;
}

function fastifyHandler(app: FastifyLike): FrameworkHandler {
	return {
		run: (request, response) => app.routing(request, response),
		hooks: {
			start: async () => {
				await app.ready();
			},
			stop: async () => {
				await app.close();
			},
		},
	};
}

function nestHandler(app: NestLike): FrameworkHandler {
	let run: Listener = () => {
		throw new Misuse('NODE-2', 'This Nest application has not been made ready: call its start(), which serve() does.');
	};
	return {
		run: (request, response) => run(request, response),
		hooks: {
			start: async () => {
				await app.init();
				const instance = app.getHttpAdapter().getInstance();
				if (isFastify(instance)) {
					await instance.ready();
					run = (request, response) => instance.routing(request, response);
				} else {
					run = instance as Listener;
				}
			},
			stop: async () => {
				await app.close();
			},
		},
	};
}

function nextHandler(app: NextLike): FrameworkHandler {
	const answer = app.getRequestHandler();
	return {
		run: (request, response) => answer(request, response),
		hooks: {
			start: async () => {
				await app.prepare();
			},
			stop: async () => {
				await app.close();
			},
		},
	};
}

function isNest(app: unknown): app is NestLike {
	return nodeFrameworkName(app) === 'nest';
}

function isFastify(app: unknown): app is FastifyLike {
	return nodeFrameworkName(app) === 'fastify';
}

function isNext(app: unknown): app is NextLike {
	return nodeFrameworkName(app) === 'next';
}

function isExpress(app: unknown): app is Listener {
	return nodeFrameworkName(app) === 'express';
}

function isKoa(app: unknown): app is KoaLike {
	return nodeFrameworkName(app) === 'koa';
}
