/**
 * Keeps async contexts apart. Many requests come in one read of a socket, and their applications are called one after the
 * other on the same stack: what one of them enters by `AsyncLocalStorage.enterWith` would be there for the next, and it may be
 * somebody's identity.
 */
import { AsyncLocalStorage, AsyncResource } from 'node:async_hooks';

/** Calls a function in a context of its own: what was entered before is not there, and what it enters is gone when it has returned. */
export type Isolating = (run: () => void) => void;

/**
 * What calls functions in the context that is now, of the server when it is made. Since contexts are frames, in newer lines of
 * Node, one snapshot serves all; before, each call has a resource of its own, made in that of the server.
 */
export function isolation(): Isolating {
	const snapshot: Isolating = AsyncLocalStorage.snapshot();
	if (framed) return snapshot;
	return (run) => {
		let own: AsyncResource | undefined;
		snapshot(() => {
			own = new AsyncResource('RSGI_EXCHANGE');
		});
		own?.runInAsyncScope(run);
	};
}

const framed = contextsAreFrames();

function contextsAreFrames(): boolean {
	const probe = new AsyncLocalStorage<boolean>();
	const snapshot = AsyncLocalStorage.snapshot();
	snapshot(() => probe.enterWith(true));
	return snapshot(() => probe.getStore()) === undefined;
}
