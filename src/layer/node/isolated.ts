/**
 * Keeps async contexts apart. Many requests come in one read of a socket, and their applications are called one after the
 * other on the same stack: what one of them enters by `AsyncLocalStorage.enterWith` would be there for the next, and it may be
 * somebody's identity.
 */
import { AsyncLocalStorage, AsyncResource } from 'node:async_hooks';

type Isolating = <T>(run: () => T) => T;

/** The way that this Node has: since its contexts are frames, one snapshot of an empty one serves all; before, a resource for each call. */
function isolating(): Isolating {
	const probe = new AsyncLocalStorage<boolean>();
	const snapshot = AsyncLocalStorage.snapshot();
	snapshot(() => probe.enterWith(true));
	if (snapshot(() => probe.getStore()) === undefined) return snapshot;
	return (run) => new AsyncResource('RSGI_NODE_REQUEST').runInAsyncScope(run);
}

/** Calls a function in a context of its own: what it enters is gone when it has returned. */
export const isolated: Isolating = isolating();
