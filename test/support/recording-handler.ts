/** A handler that writes down its events, in order. */
import type { Handler } from '../../src/rich/handler.ts';
import type { Outcome } from '../../src/rich/outcome.ts';
import type { Priority } from '../../src/wire/carrier.ts';
import type { Fields } from '../../src/wire/fields.ts';
import { latin1Decode } from '../../src/wire/latin1.ts';

/** Writes one line an event: `data hello`, `end`, `drain`, `priority 1 true`, `closed reset 8`. */
export class RecordingHandler implements Handler {
	readonly log: string[];
	/** How the exchange ended, or null while it is open. */
	outcome: Outcome | null = null;
	readonly #prefix: string;

	/** @param log where to write; several handlers may share one @param prefix before each line, to tell them apart */
	constructor(log: string[] = [], prefix = '') {
		this.log = log;
		this.#prefix = prefix;
	}

	data(chunk: Uint8Array): void {
		this.note(`data ${chunk.length > 40 ? chunk.length : latin1Decode(chunk, 0, chunk.length)}`);
	}

	end(trailers: Fields): void {
		this.note(['end', ...[...trailers].map(([name, value]) => `${name}: ${value}`)].join(' '));
	}

	drain(): void {
		this.note('drain');
	}

	priority(priority: Priority): void {
		this.note(`priority ${priority.urgency} ${priority.incremental}`);
	}

	closed(outcome: Outcome): void {
		this.outcome = outcome;
		this.note(`closed ${outcome.reason} ${outcome.code}`);
	}

	/** Writes a line of one's own among the events. */
	note(text: string): void {
		this.log.push(this.#prefix + text);
	}
}
