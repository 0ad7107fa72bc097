/** HTTP/1.1 as a load generator speaks it: responses with Content-Length, one at a time. */
import type { Answers, Talk } from './talk.ts';

/** A connection of HTTP/1.1. */
export class Http1Talk implements Talk {
	readonly opening: Uint8Array = new Uint8Array(0);
	readonly #request: Buffer;
	readonly #answers: Answers;
	/** What came of a head that is not complete. */
	#head = '';
	/** How much is wanted of the content; 0 between responses. */
	#left = 0;
	last = 0;

	constructor(path: string, answers: Answers) {
		this.#request = Buffer.from(`GET ${path} HTTP/1.1\r\nhost: 127.0.0.1\r\nuser-agent: rsgi-bench\r\n\r\n`);
		this.#answers = answers;
	}

	ask(): Uint8Array {
		this.last++;
		return this.#request;
	}

	receive(bytes: Buffer): null {
		let at = 0;
		while (at < bytes.length) {
			if (this.#left > 0) {
				const taken = Math.min(this.#left, bytes.length - at);
				at += taken;
				this.#left -= taken;
				if (this.#left === 0) this.#answers.ended(this.last);
				continue;
			}
			const before = this.#head.length;
			this.#head += bytes.toString('latin1', at);
			const end = this.#head.indexOf('\r\n\r\n');
			if (end < 0) return null;
			at += end + 4 - before;
			const length = /\r\ncontent-length: *(\d+)/i.exec(this.#head);
			if (length === null) throw new Error(`a response without Content-Length: ${this.#head.slice(0, end)}`);
			this.#answers.begun?.(this.last, this.#head.startsWith('HTTP/1.1 200 '));
			this.#left = Number(length[1]);
			this.#head = '';
		}
		return null;
	}
}
