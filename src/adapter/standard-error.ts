/** Where errors go on hosts that have no log of ours. */
export function standardError(error: unknown): void {
	// biome-ignore lint/suspicious/noConsole: a host has no log of ours, and the failure must not be lost
	console.error(error);
}
