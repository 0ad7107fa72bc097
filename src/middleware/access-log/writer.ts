/** Lines on their way to a log that may be slow, full or broken. */
import { described } from '../../rich/described.ts';
import { isThenable } from '../../rich/thenable.ts';
import { Misuse } from '../../wire/fault.ts';

/** What a stream of Node.js has of use here. */
export interface LogStream {
	/** @returns false when `drain` should be waited for */
	write(line: string): unknown;
	on(event: 'drain' | 'error' | 'close', listener: (error?: unknown) => void): unknown;
}

/** Where lines go. A promise is waited for before the next line is given. */
export type LogTarget = ((line: string) => unknown) | LogStream;

/** Gives lines to a target one by one, keeps a bounded number while it is busy, and never throws. */
export class LogWriter {
	readonly #give: (line: string) => unknown;
	readonly #waitingMax: number;
	readonly #failed: (error: unknown) => void;
	readonly #waiting: string[] = [];
	#busy = false;
	#closed = false;
	/** It was told that all is lost from here on. */
	#toldClosed = false;
	#lost = 0;

	/** @throws Misuse (MW-1) */
	constructor(target: LogTarget, waitingMax: number, failed: (error: unknown) => void) {
		if (!Number.isInteger(waitingMax) || waitingMax < 0) {
			throw new Misuse('MW-1', `waiting is a number of lines, not ${waitingMax}.`);
		}
		this.#waitingMax = waitingMax;
		this.#failed = failed;
		this.#give = typeof target === 'function' ? target : this.#streamed(target);
	}

	/** @param line makes the line without its LF, or null for none */
	write(line: () => string | null): void {
		let text: string | null;
		try {
			text = line();
		} catch (error) {
			this.#tellFailed(error);
			return;
		}
		if (text === null) return;
		if (this.#closed) this.#tellClosed('this line is');
		else if (!this.#busy) this.#hand(`${text}\n`);
		else if (this.#waiting.length < this.#waitingMax) this.#waiting.push(`${text}\n`);
		else this.#lost++;
	}

	#streamed(stream: LogStream): (line: string) => unknown {
		if (typeof stream?.write !== 'function' || typeof stream.on !== 'function') {
			throw new Misuse('MW-1', `accessLog() writes to a function or a stream, not ${described(stream)}.`);
		}
		let resume: (() => void) | null = null;
		stream.on('drain', () => resume?.());
		// An error that nobody listens to would end the process.
		stream.on('error', (error) => this.#tellFailed(error));
		stream.on('close', () => {
			this.#closed = true;
			this.#lost += this.#waiting.splice(0).length;
			if (this.#lost > 0) this.#tellClosed(`${this.#lost} lines are`);
		});
		return (line) => {
			if (stream.write(line) !== false) return;
			return new Promise<void>((resolve) => {
				resume = resolve;
			});
		};
	}

	#hand(line: string): void {
		let given: unknown;
		try {
			given = this.#give(line);
		} catch (error) {
			this.#tellFailed(error);
			return;
		}
		if (!isThenable(given)) return;
		this.#busy = true;
		given.then(
			() => this.#next(),
			(error: unknown) => {
				this.#tellFailed(error);
				this.#next();
			},
		);
	}

	#next(): void {
		this.#busy = false;
		while (!this.#busy && !this.#closed) {
			const line = this.#waiting.shift();
			if (line !== undefined) {
				this.#hand(line);
			} else if (this.#lost > 0) {
				const lost = this.#lost;
				this.#lost = 0;
				this.#tellFailed(new Error(`The access log was too slow: ${lost} lines are lost.`));
			} else return;
		}
	}

	#tellClosed(lost: string): void {
		if (this.#toldClosed) return;
		this.#toldClosed = true;
		this.#tellFailed(new Error(`The access log is closed: ${lost} lost, and all that come.`));
	}

	#tellFailed(error: unknown): void {
		try {
			this.#failed(error);
		} catch {
			// Who is told of failures of the log has failed: nobody is left to tell.
		}
	}
}
