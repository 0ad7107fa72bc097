/** Where lines of a log go: a file, or standard output. Nothing of it ever blocks, or ends the process; what is full is tried again. */
import { close, constants, open, write } from 'node:fs';

/** So many characters may wait for a disk or a pipe; what comes then is lost, and counted. */
const WAITING_MAX = 4 * 1024 * 1024;
/** What cannot be written is tried again after so long, in milliseconds; each time after twice as long, up to the second. */
const RETRY = 100;
const RETRY_MAX = 5000;
/** What was lost is told at most so often, in milliseconds. */
const TELLING = 10_000;
const STDOUT = 1;

/** Told what goes wrong, and that it goes well again: a sentence for people. */
export type ToldOfLog = (text: string) => unknown;

/** Appends lines, many in one write. Lines of several processes do not mix: each write is whole lines, and appends. */
export class LogFile {
	readonly #path: string | null;
	readonly #told: ToldOfLog;
	#waiting: string[] = [];
	#size = 0;
	/** What could not be written, from a place on: it goes first. */
	#rest: Buffer | null = null;
	#fd = -1;
	#busy = false;
	#reopening = false;
	#idle: (() => void)[] = [];
	/** When it is tried again; null while nothing is wrong. */
	#retry: NodeJS.Timeout | null = null;
	#wait = RETRY;
	/** It was told that it cannot be written. */
	#failing = false;
	#lost = 0;
	#toldLost = 0;
	#toldAt = Number.NEGATIVE_INFINITY;

	/** @param path null for standard output */
	constructor(path: string | null, told: ToldOfLog) {
		this.#path = path;
		this.#told = told;
	}

	/** Takes a line with its LF. */
	readonly take = (line: string): void => {
		if (this.#size + line.length > WAITING_MAX) {
			this.#lost++;
			this.#tellLost();
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
			this.#idle.push(resolve);
			setTimeout(resolve, limit).unref();
		});
	}

	/** What comes from now on goes to the file that has the name then. */
	reopen(): void {
		this.#reopening = true;
		if (!this.#busy) {
			this.#busy = true;
			this.#next();
		} else if (this.#retry !== null) {
			clearTimeout(this.#retry);
			this.#next();
		}
	}

	#next(): void {
		this.#retry = null;
		if (this.#reopening) {
			this.#reopening = false;
			this.#close();
		}
		if (this.#waiting.length === 0 && this.#rest === null) {
			this.#busy = false;
			for (const told of this.#idle.splice(0)) told();
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
				this.#failed(error);
			}
		});
	}

	#close(): void {
		if (this.#fd >= 0 && this.#path !== null) close(this.#fd, () => {});
		this.#fd = -1;
	}

	#write(): void {
		if (this.#rest === null) {
			this.#rest = Buffer.from(this.#waiting.join(''));
			this.#waiting = [];
		}
		this.#writeFrom(this.#rest, 0);
	}

	#writeFrom(bytes: Buffer, from: number): void {
		write(this.#fd, bytes, from, bytes.length - from, null, (error, written) => {
			if (error !== null) {
				// What has been written stays: a line that was cut goes on behind it, if the same file takes it again.
				this.#rest = bytes.subarray(from);
				this.#failed(error);
			} else if (from + written < bytes.length) {
				this.#writeFrom(bytes, from + written);
			} else {
				this.#rest = null;
				this.#size = this.#waiting.reduce((sum, line) => sum + line.length, 0);
				this.#succeeded();
				this.#next();
			}
		});
	}

	/** A full disk may be emptied, a pipe may be read, and a file that cannot be opened may be made possible: it is tried again. */
	#failed(error: NodeJS.ErrnoException): void {
		this.#close();
		if (!this.#failing) {
			this.#failing = true;
			this.#told(`the access log cannot be written: ${error.message}. Lines wait, up to 4 MiB, and it is tried again.`);
		}
		this.#retry = setTimeout(() => this.#next(), this.#wait).unref();
		this.#wait = Math.min(this.#wait * 2, RETRY_MAX);
	}

	#succeeded(): void {
		this.#wait = RETRY;
		if (this.#failing) {
			this.#failing = false;
			this.#told(
				`the access log is written again${this.#lost > 0 ? `; it has lost ${this.#lost} lines since the start` : ', and nothing is lost'}.`,
			);
			this.#toldLost = this.#lost;
		} else if (this.#lost > this.#toldLost) {
			this.#tellLost();
		}
	}

	#tellLost(): void {
		const now = performance.now();
		if (now - this.#toldAt < TELLING) return;
		this.#toldAt = now;
		this.#toldLost = this.#lost;
		this.#told(
			`the access log has lost ${this.#lost} lines so far: what takes it is ${this.#failing ? 'full' : 'too slow'}.`,
		);
	}
}

/**
 * A file that the access log goes to, which never blocks: up to 4 MiB of lines wait while it cannot be written (a full disk), and it is
 * opened and tried again until it can.
 * @param path null for standard output
 * @param told what went wrong, and that it goes well again; standard error by default
 * @example
 * import { accessLog } from 'rsgi/middleware/access-log';
 * import { logFile } from 'rsgi/log-file';
 * const file = logFile('access.log');
 * process.on('SIGUSR1', () => file.reopen());
 * export default accessLog({ to: file.take })(app);
 */
export function logFile(
	path: string | null,
	told: ToldOfLog = (text) => process.stderr.write(`rsgi: ${text}\n`),
): LogFile {
	return new LogFile(path, told);
}
