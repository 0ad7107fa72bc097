/** Several things in one expression: the value of the last. */
export function last<T>(...values: [...unknown[], T]): T {
	return values.at(-1) as T;
}
