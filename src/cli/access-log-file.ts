/** Where the lines of the access log go: a file, or standard output. Nothing of it ever blocks, or ends the process. */
import { close, constants, open, write } from 'node:fs';
import { tell } from './messages-to-people.ts';

/** So many characters may wait for a disk or a pipe; what comes then is lost, and counted. */
const WAITING_MAX = 4 * 1024 * 1024;
/** What was lost is told at most so often, in milliseconds. */
const TELLING = 10_000;
const STDOUT = 1;

/** Appends lines, many in one write. Lines of several processes do not mix: each write is whole lines, and appends. */
export class LogFile {
	readonly #path: string | null;
	#waiting: string[] = [];
	#size = 0;
	#fd = -1;
	#busy = false;
	#reopening = false;
	#idle: (() => void) | null = null;
	#lost = 0;
	#toldAt = Number.NEGATIVE_INFINITY;

	/** @param path null for standard output */
	constructor(path: string | null) {
		this.#path = path;
	}

	/** Takes a line with its LF. */
	readonly take = (line: string): void => {
		if (this.#size + line.length > WAITING_MAX) {
			this.#lose(1, 'what takes it is too slow');
			return;
		}
		this.#waiting.push(line);
		this.#size += line.length;
		// What comes in this turn of the loop leaves in one write.
		if (!this.#busy) {
			this.#busy = true;
			setImmediate(() => this.#next());
		}
	};

	/** Resolves when nothing waits, or after so many milliseconds: a process that ends does not wait for a pipe that nobody reads. */
	flushed(limit: number): Promise<void> {
		if (!this.#busy) return Promise.resolve();
		return new Promise((resolve) => {
			this.#idle = resolve;
			setTimeout(resolve, limit).unref();
		});
	}

	/** What comes from now on goes to the file that has the name then. */
	reopen(): void {
		this.#reopening = true;
		if (!this.#busy) {
			this.#busy = true;
			this.#next();
		}
	}

	#next(): void {
		if (this.#reopening) {
			this.#reopening = false;
			if (this.#fd >= 0 && this.#path !== null) close(this.#fd, () => {});
			this.#fd = -1;
		}
		if (this.#waiting.length === 0) {
			this.#busy = false;
			this.#idle?.();
			return;
		}
		if (this.#fd >= 0) {
			this.#write();
			return;
		}
		if (this.#path === null) {
			this.#fd = STDOUT;
			this.#write();
			return;
		}
		const { O_WRONLY, O_APPEND, O_CREAT } = constants;
		open(this.#path, O_WRONLY | O_APPEND | O_CREAT, 0o640, (error, fd) => {
			if (error === null) {
				this.#fd = fd;
				this.#write();
			} else {
				this.#failed(error, this.#waiting.length);
			}
		});
	}

	#write(): void {
		const lines = this.#waiting;
		const bytes = Buffer.from(lines.join(''));
		this.#waiting = [];
		this.#size = 0;
		this.#writeFrom(bytes, 0, lines.length);
	}

	#writeFrom(bytes: Buffer, from: number, lines: number): void {
		write(this.#fd, bytes, from, bytes.length - from, null, (error, written) => {
			if (error !== null) {
				this.#failed(error, lines);
			} else if (from + written < bytes.length) {
				this.#writeFrom(bytes, from + written, lines);
			} else {
				this.#next();
			}
		});
	}

	/** A full disk may be emptied, and a pipe that is full may be read: it is tried again with what comes. */
	#failed(error: NodeJS.ErrnoException, lines: number): void {
		this.#waiting = [];
		this.#size = 0;
		this.#lose(lines, error.message);
		setTimeout(() => this.#next(), 100).unref();
	}

	#lose(lines: number, why: string): void {
		this.#lost += lines;
		const now = performance.now();
		if (now - this.#toldAt < TELLING) return;
		this.#toldAt = now;
		tell.problem(`the access log has lost ${this.#lost} lines so far: ${why}.`);
	}
}
