/** Promises that applications are given and need not await. */

/** A promise whose failure must not end the process when nobody awaits it; whoever does sees it fail. */
export function quiet<T>(given: Promise<T>): Promise<T> {
	given.catch(() => {});
	return given;
}
