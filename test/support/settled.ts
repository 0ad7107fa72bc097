/** Waits until everything that is under way in memory has happened: all microtasks, and what they have queued. */
export function settled(): Promise<void> {
	return new Promise((resolve) => setImmediate(resolve));
}
