/** Frameworks whose applications are more than a listener: how to get one of them, and what has to be done before and after. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { RichHooks } from '../../rich/app.ts';
import { Misuse } from '../../wire/fault.ts';

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
	return isNest(app) || isFastify(app) || isNext(app) || isExpress(app) || isKoa(app);
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
	return has(app, 'getHttpAdapter') && has(app, 'init');
}

function isFastify(app: unknown): app is FastifyLike {
	return has(app, 'routing') && has(app, 'ready') && has(app, 'inject');
}

function isNext(app: unknown): app is NextLike {
	return has(app, 'getRequestHandler') && has(app, 'prepare');
}

function isExpress(app: unknown): app is Listener {
	return typeof app === 'function' && has(app, 'handle') && has(app, 'listen');
}

function isKoa(app: unknown): app is KoaLike {
	return has(app, 'callback') && has(app, 'use');
}

function has(app: unknown, method: string): boolean {
	if ((typeof app !== 'object' && typeof app !== 'function') || app === null) return false;
	return typeof (app as Record<string, unknown>)[method] === 'function';
}
