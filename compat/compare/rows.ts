/** Differences as lines, as they are listed, shown and compared. */
import type { ClientName, Conversation } from '../talk/ask.ts';
import { CLIENTS } from '../talk/client.ts';
import type { Difference } from './differences.ts';

/** One difference, and who has seen it. */
export interface Row extends Difference {
	readonly framework: string;
	/** The conversation, and which of its answers, from 2 on. */
	readonly request: string;
	/** `all`, a version of HTTP, or the clients that have seen it. */
	readonly seen: string;
}

/** How much of a value is shown. */
const SHOWN = 90;

/** `Hono | GET /hello | field etag | all | "a" → "b"` */
export function rowText({ framework, request, what, seen, own, ours }: Row): string {
	return `${framework} | ${shortened(request)} | ${what} | ${seen} | ${shortened(own)} → ${shortened(ours)}`;
}

function shortened(value: string): string {
	const line = value.replace(/\s+/g, ' ').trim();
	return line.length > SHOWN ? `${line.slice(0, SHOWN)}…` : line;
}

/** Names who has seen something, of those who have held the conversation. */
export function seenBy(names: readonly ClientName[], held: readonly ClientName[]): string {
	if (names.length === held.length) return 'all';
	for (const version of ['1.1', '2'] as const) {
		const speakers = held.filter((name) => CLIENTS[version].includes(name));
		if (names.length === speakers.length && speakers.every((name) => names.includes(name))) return `HTTP/${version}`;
	}
	return names.join(' ');
}

/** Who holds a conversation. */
export function speakers({ clients }: Conversation): ClientName[] {
	const all = [...CLIENTS['1.1'], ...CLIENTS['2']];
	return clients === undefined ? all : all.filter((name) => clients.includes(name));
}
