/** A process and all that it has started: servers of several processes are measured as one. */
import { readdirSync, readFileSync } from 'node:fs';

/** The processes, itself first. */
export function processTree(pid: number): readonly number[] {
	const children = new Map<number, number[]>();
	for (const name of readdirSync('/proc')) {
		if (!/^\d+$/.test(name)) continue;
		const parent = parentOf(Number(name));
		if (parent !== null) children.set(parent, [...(children.get(parent) ?? []), Number(name)]);
	}
	const tree = [pid];
	// It is walked as it grows.
	for (const each of tree) tree.push(...(children.get(each) ?? []));
	return tree;
}

/** Null when it has ended meanwhile. */
function parentOf(pid: number): number | null {
	const fields = stat(pid);
	return fields === null ? null : Number(fields[1]);
}

/** The fields of /proc/PID/stat from the state on; null when the process has ended. */
export function stat(pid: number): readonly string[] | null {
	try {
		const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
		return text.slice(text.lastIndexOf(')') + 2).split(' ');
	} catch {
		return null;
	}
}
