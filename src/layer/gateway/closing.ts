/** `rsgi.closing`: resources that live as long as the request, whoever opened them. */
import { described } from '../../rich/described.ts';
import { isThenable } from '../../rich/thenable.ts';
import { Misuse } from '../../wire/fault.ts';

/** What can be closed: by `[Symbol.asyncDispose]`, `[Symbol.dispose]` or `close()`, the first of them that it has. */
export type Closable = { readonly close: () => unknown } | Disposable | AsyncDisposable;

/**
 * Registers a resource, and gives it back. It is closed when the exchange ends, however it ends.
 * @example
 * const file = environ['rsgi.closing'](await open(path));
 */
export type Closing = <T extends Closable>(resource: T) => T;

/** The resources of one exchange. Whoever makes an environ makes one, and closes it after the body has been closed. */
export class Resources {
	readonly #late: (error: unknown) => void;
	/** In the order of registration; a Set, so that a resource registered twice is closed once. */
	#open: Set<Closable> | null = null;
	#closed = false;

	/** @param late told what goes wrong in closing a resource that came after the others were closed; must not throw */
	constructor(late: (error: unknown) => void) {
		this.#late = late;
	}

	/**
	 * What stands in the environ as `rsgi.closing`.
	 * @throws Misuse for what cannot be closed (GATE-27)
	 */
	readonly closing: Closing = (resource) => {
		requireClosable(resource);
		if (this.#closed) this.#closeLate(resource);
		else {
			this.#open ??= new Set();
			this.#open.add(resource);
		}
		return resource;
	};

	/**
	 * Closes all, the last registered first, each after the one before has been closed. Nothing happens the second time.
	 * @returns a promise when one of them gave one
	 * @throws AggregateError with what went wrong, after all have been closed (GATE-28)
	 */
	close(): void | Promise<void> {
		this.#closed = true;
		if (this.#open === null) return;
		const waiting = [...this.#open];
		this.#open = null;
		return closeAll(waiting, []);
	}

	#closeLate(resource: Closable): void {
		try {
			const closed = closeOne(resource);
			if (isThenable(closed)) (closed as PromiseLike<unknown>).then(undefined, this.#late);
		} catch (error) {
			this.#late(error);
		}
	}
}

/** Closes from the end of `waiting` as long as nothing has to be awaited, and goes on behind what has. */
function closeAll(waiting: Closable[], errors: unknown[]): void | Promise<void> {
	for (let resource = waiting.pop(); resource !== undefined; resource = waiting.pop()) {
		try {
			const closed = closeOne(resource);
			if (isThenable(closed)) return closedLater(closed, waiting, errors);
		} catch (error) {
			errors.push(error);
		}
	}
	if (errors.length > 0) throw new AggregateError(errors, `${errors.length} of the request's resources did not close.`);
}

async function closedLater(closed: PromiseLike<unknown>, waiting: Closable[], errors: unknown[]): Promise<void> {
	try {
		await closed;
	} catch (error) {
		errors.push(error);
	}
	await closeAll(waiting, errors);
}

function requireClosable(resource: unknown): void {
	if (typeof resource === 'object' && resource !== null) {
		if (Symbol.asyncDispose in resource || Symbol.dispose in resource) return;
		if ('close' in resource && typeof resource.close === 'function') return;
	}
	throw new Misuse(
		'GATE-27',
		`environ['rsgi.closing'] takes what can be closed, not ${described(resource)}: give it an object with close().`,
	);
}

function closeOne(resource: Closable): unknown {
	if (Symbol.asyncDispose in resource) return resource[Symbol.asyncDispose]();
	if (Symbol.dispose in resource) return resource[Symbol.dispose]();
	return resource.close();
}
