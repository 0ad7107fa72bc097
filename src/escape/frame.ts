/**
 * How the escape is carried through frameworks: by the asynchronous context of the request, which middleware cannot lose by making a
 * new Request, and which it can replace for what runs below it.
 */
import type { EscapeOptions } from '../layer/escape-options.ts';
import type { RichApp, RichMiddleware } from '../rich/app.ts';
import type { Journal } from '../rich/journal.ts';
import { isThenable } from '../rich/thenable.ts';
import { Misuse } from '../wire/fault.ts';
import type { Placeholder } from './placeholder.ts';

/** The escape of one request, as code below some middleware has it. */
export interface EscapeFrame {
	/** What the request is known by: whoever escapes shows the request that it has, which must be the one of the frame. */
	readonly request: object;
	/** Where the way of the request is told of; null where nobody watches. */
	readonly journal: Journal | null;
	register(app: RichApp, options?: EscapeOptions): Placeholder;
	/**
	 * Sends a placeholder that has just been registered as a response of Node, where nobody is in between who might see it.
	 * @returns whether it has; if not, nothing has been done
	 */
	send?(response: object, made: Placeholder): boolean;
}

/** What of AsyncLocalStorage is used. Not imported: the core runs anywhere, and where there is none, there is no escape. */
interface Storage<S> {
	run<A extends readonly unknown[], T>(value: S, run: (...args: A) => T, ...args: A): T;
	getStore(): S | undefined;
}

const storage: Storage<EscapeFrame> | null = newStorage();

function newStorage<T>(): Storage<T> | null {
	const process = (globalThis as { process?: { getBuiltinModule?(name: string): unknown } }).process;
	const hooks = process?.getBuiltinModule?.('node:async_hooks') as
		| { AsyncLocalStorage: new () => Storage<T> }
		| undefined;
	return hooks === undefined ? null : new hooks.AsyncLocalStorage();
}

/** Calls a function in a frame: it, and all that it begins, has this one and no other. */
export function inFrame<A extends readonly unknown[], T>(frame: EscapeFrame, run: (...args: A) => T, ...args: A): T {
	return storage === null ? run(...args) : storage.run(frame, run, ...args);
}

/** Journals of layers that have no frame. Made when somebody watches one. */
let journals: Storage<Journal> | null = null;

/** Calls a function of a layer that has no frame, so that it, and all that it begins, finds the journal. */
export function inJournal<T>(journal: Journal, run: () => T): T {
	journals ??= newStorage<Journal>();
	return journals === null ? run() : journals.run(journal, run);
}

/** Where the way of the request is told of that the calling code is part of; null where nobody watches, or nothing is known of it. */
export function currentJournal(): Journal | null {
	return storage?.getStore()?.journal ?? journals?.getStore() ?? null;
}

/** The same, for translations between layers, which are on the way of every request: it costs nothing where nobody has ever watched. */
export function layerJournal(): Journal | null {
	return journals?.getStore() ?? null;
}

/** The frame that the calling code is in, if it is known by this very object, as Node's requests are; else null. */
export function frameOf(request: object): EscapeFrame | null {
	const frame = storage?.getStore();
	return frame?.request === request ? frame : null;
}

/**
 * The frame that the calling code is in.
 * @param request what the request is known by, or null where nobody knows
 * @throws Misuse where there is none (ESC-51), and when it is that of another request (ESC-52)
 */
export function currentFrame(request: object | null): EscapeFrame {
	const frame = storage?.getStore();
	if (frame === undefined) {
		throw new Misuse(
			'ESC-51',
			storage === null
				? 'There is no escape here: this host has no AsyncLocalStorage (node:async_hooks). Downgrade, as richToFetch(app) does.'
				: 'There is no escape here: the server is not ours, or the asynchronous context of the request was lost, as by a queue or a pool of callbacks. Serve by fetchToRich() or nodeToRich(), or escape before the context is lost.',
		);
	}
	if (request !== null && request !== frame.request) {
		throw new Misuse(
			'ESC-52',
			'This escape was called with a request that is not the one whose asynchronous context it is in: code of one request runs in the context of another, as work that several requests share does. Escape from the handler of the request itself, with the request that it was given (c.req.raw in Hono; Node’s own: ctx.req in Koa, request.raw in Fastify).',
		);
	}
	return frame;
}

/**
 * Runs the rest of a request so that the rich applications which escape from it are wrapped by a middleware: for
 * authentication, limits, logs. Of several interceptors the one nearest to the server is outermost. Where there is no escape it only runs the rest.
 * Until `rest` has given a Response, what escapes in the context that it was called from is wrapped too.
 *
 * @param middleware rich middleware; it denies by giving an application that answers itself, or by throwing
 * @param rest the rest of the request: what calls the next handler
 * @returns what `rest` returns
 * @example
 * app.use('/api/*', (c, next) => interceptEscapes(counted, next)); // Hono
 * app.use((req, res, next) => interceptEscapes(counted, next)); // Express
 */
export function interceptEscapes<T>(middleware: RichMiddleware, rest: () => T): T {
	if (typeof middleware !== 'function' || typeof rest !== 'function') {
		throw new Misuse(
			'ESC-32',
			'interceptEscapes() takes rich middleware, and a function that runs the rest of the request.',
		);
	}
	const outer = storage?.getStore();
	if (outer === undefined) return rest();
	const inner = new InterceptedFrame(outer, middleware);
	const result = inFrame(inner, rest);
	if (isThenable(result)) return (result as PromiseLike<unknown>).then((given) => inner.gave(given)) as T;
	inner.gave(result);
	return result;
}

/** What has been intercepted in a frame, and may still go on. */
const within = new WeakMap<EscapeFrame, Set<InterceptedFrame>>();

/** The frame of what runs below an interceptor. */
class InterceptedFrame implements EscapeFrame {
	readonly request: object;
	readonly #outer: EscapeFrame;
	readonly #middleware: RichMiddleware;

	constructor(outer: EscapeFrame, middleware: RichMiddleware) {
		this.request = outer.request;
		this.#outer = outer;
		this.#middleware = middleware;
		const frames = within.get(outer);
		if (frames === undefined) within.set(outer, new Set([this]));
		else frames.add(this);
	}

	get journal(): Journal | null {
		return this.#outer.journal;
	}

	register(app: RichApp, options?: EscapeOptions): Placeholder {
		return this.#outer.register(this.wrap(app), options);
	}

	send(response: object, made: Placeholder): boolean {
		return this.#outer.send?.(response, made) === true;
	}

	wrap(app: RichApp): RichApp {
		this.journal?.tell({ kind: 'intercept', name: this.#middleware.name });
		return this.#middleware(app);
	}

	/** What `rest` has given: but for a Response, nothing says when the rest of a request is over. */
	gave<T>(given: T): T {
		if (Object.prototype.toString.call(given) === '[object Response]') within.get(this.#outer)?.delete(this);
		return given;
	}
}

/**
 * Registers an application by the frame that the calling code is in. Streams, queues and pools call back in the context of whoever
 * began them, and that may have been middleware above an interceptor which the calling code is below: so what has been intercepted
 * within the frame, and is not known to be over, wraps the application too. It is refused too often rather than once too seldom.
 */
export function registerBy(frame: EscapeFrame, app: RichApp, options: EscapeOptions | undefined): Placeholder {
	return frame.register(wrappedWithin(frame, app), options);
}

function wrappedWithin(frame: EscapeFrame, app: RichApp): RichApp {
	let wrapped = app;
	for (const inner of within.get(frame) ?? []) wrapped = inner.wrap(wrappedWithin(inner, wrapped));
	return wrapped;
}
