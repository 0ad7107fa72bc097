/**
 * Whose content goes next (RFC 9218 §10): lower urgency first. Within one urgency, responses that are not incremental go
 * one after another, in stream order; incremental ones take turns, frame by frame. Where there are both, the first of
 * the former takes its turn among the latter.
 */
import type { Priority } from '../../wire/carrier.ts';

/** A stream that has content to send, and a window to send it in. */
export interface Scheduled {
	readonly id: number;
	priority: Priority;
	/** Kept by the scheduler: whether it is in there. */
	scheduled: boolean;
}

const URGENCIES = 8;

/** The streams of one urgency. */
class Level<T extends Scheduled> {
	/** Not incremental, by identifier. */
	readonly sequence: T[] = [];
	/** Incremental, in the order of their turns. */
	readonly turns: T[] = [];
	/** Whose turn it is: an index in `turns`, or its length for the head of `sequence`. */
	turn = 0;
}

/** The streams of a connection that could send at once. */
export class Scheduler<T extends Scheduled> {
	/** How many there are. */
	size = 0;
	readonly #levels: readonly Level<T>[] = Array.from({ length: URGENCIES }, () => new Level<T>());
	/** A bit for each urgency that has streams. */
	#busy = 0;

	/** Puts a stream in, under its priority, if it is not in yet. */
	add(stream: T): void {
		if (stream.scheduled) return;
		stream.scheduled = true;
		this.size++;
		const { urgency, incremental } = stream.priority;
		this.#busy |= 1 << urgency;
		const level = this.#levels[urgency] as Level<T>;
		if (incremental) {
			level.turns.push(stream);
			return;
		}
		const sequence = level.sequence;
		let at = sequence.length;
		while (at > 0 && (sequence[at - 1] as T).id > stream.id) at--;
		if (at === sequence.length) sequence.push(stream);
		else sequence.splice(at, 0, stream);
	}

	/** Takes a stream out, if it is in. */
	remove(stream: T): void {
		if (!stream.scheduled) return;
		stream.scheduled = false;
		this.size--;
		const { urgency, incremental } = stream.priority;
		const level = this.#levels[urgency] as Level<T>;
		if (incremental) {
			const at = level.turns.indexOf(stream);
			level.turns.splice(at, 1);
			// Whoever was behind it has the turn that it had.
			if (at < level.turn) level.turn--;
		} else {
			level.sequence.splice(level.sequence.indexOf(stream), 1);
		}
		if (level.turns.length === 0) {
			level.turn = 0;
			if (level.sequence.length === 0) this.#busy &= ~(1 << urgency);
		}
	}

	/** Changes the priority of a stream, in here or not. */
	reprioritize(stream: T, priority: Priority): void {
		if (!stream.scheduled) {
			stream.priority = priority;
			return;
		}
		this.remove(stream);
		stream.priority = priority;
		this.add(stream);
	}

	/** The stream that sends the next frame, and passes on the turn; null when there is none. It stays in. */
	next(): T | null {
		const busy = this.#busy;
		if (busy === 0) return null;
		const level = this.#levels[31 - Math.clz32(busy & -busy)] as Level<T>;
		const { sequence, turns } = level;
		const head = sequence[0];
		if (head !== undefined && (turns.length === 0 || level.turn >= turns.length)) {
			level.turn = 0;
			return head;
		}
		if (level.turn >= turns.length) level.turn = 0;
		return turns[level.turn++] as T;
	}
}
