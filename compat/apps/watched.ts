/** What applications tell of connections that broke off, by the key that the client gave. */

const told = new Map<string, string[]>();

export function tell(key: string | null | undefined, what: string): void {
	const id = key ?? '';
	const list = told.get(id) ?? [];
	list.push(what);
	told.set(id, list);
}

/** All that was told, a line each. */
export function toldOf(key: string | null | undefined): string {
	return (told.get(key ?? '') ?? []).join('\n');
}
