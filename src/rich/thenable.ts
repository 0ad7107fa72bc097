/** Whether a value is a promise or behaves like one. */
export function isThenable(value: unknown): value is PromiseLike<never> {
	return typeof value === 'object' && value !== null && typeof (value as { then?: unknown }).then === 'function';
}
