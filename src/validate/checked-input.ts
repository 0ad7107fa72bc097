/** `wsgi.input`, with both sides looked at: how it is read (VALID-15), and what it gives (VALID-7). */
import type { Input } from '../layer/gateway/input.ts';
import { described } from '../rich/described.ts';
import { isThenable } from '../rich/thenable.ts';
import type { Inspector } from './finding.ts';

const LF = 0x0a;

/** The request content of one exchange, passed on. */
export class CheckedInput implements Input {
	readonly #input: Input;
	readonly #inspector: Inspector;
	/** Content-Length, or -1. */
	readonly #announced: number;
	#pending = false;
	/** The exchange is over. */
	#over = false;
	/** A read has given less than it was asked for: nothing comes behind it. */
	#ended = false;
	#total = 0;

	/** @param announced the request's Content-Length in octets, or -1 */
	constructor(input: Input, announced: number, inspector: Inspector) {
		this.#input = input;
		this.#announced = announced;
		this.#inspector = inspector;
		this.read1 = input.read1 === undefined ? undefined : (size) => this.#read1([size]);
	}

	/** The exchange is over: reads from here on are the application's fault. */
	over(): void {
		this.#over = true;
	}

	readonly read = (...sizes: [size?: number]): Promise<Uint8Array> =>
		this.#call('read', sizes, (value, size) => {
			const block = this.#octets('read', value);
			if (block === null) return;
			const wanted = typeof size === 'number' && size >= 0 ? size : -1;
			if (wanted >= 0 && block.length > wanted) this.#tooMuch('read', block.length, wanted);
			this.#came(block.length);
			if (wanted < 0 || block.length < wanted) this.#ended = true;
		});

	readonly read1: ((size?: number) => Promise<Uint8Array>) | undefined;

	readonly readline = (...sizes: [size?: number]): Promise<Uint8Array> =>
		this.#call('readline', sizes, (value, size) => {
			const line = this.#octets('readline', value);
			if (line === null) return;
			const wanted = typeof size === 'number' && size >= 0 ? size : -1;
			if (wanted >= 0 && line.length > wanted) this.#tooMuch('readline', line.length, wanted);
			this.#line(line, 'readline');
			this.#came(line.length);
			if (line.length === 0 && wanted !== 0) this.#ended = true;
			else if (line.at(-1) !== LF && line.length !== wanted) this.#ended = true;
		});

	readonly readlines = (...hints: [hint?: number]): Promise<Uint8Array[]> =>
		this.#call('readlines', hints, (value, hint) => {
			if (!Array.isArray(value)) {
				this.#inspector.above('VALID-7', `readlines() gave ${described(value)}.`, 'Give an array of lines.');
				return;
			}
			for (const line of value as unknown[]) {
				const block = this.#octets('readlines', line);
				if (block === null) continue;
				this.#line(block, 'readlines');
				this.#came(block.length);
			}
			if (hint === undefined || value.length === 0) this.#ended = true;
		});

	[Symbol.asyncIterator] = (): AsyncIterator<Uint8Array> => {
		const lines = this.#input[Symbol.asyncIterator]();
		const checked: AsyncIterator<Uint8Array> = {
			next: async () => {
				this.#asked('a line');
				return await this.#called('a line', lines.next(), (step) => {
					const { done, value } = (step ?? {}) as { done?: unknown; value?: unknown };
					if (done === true) {
						this.#ended = true;
						return;
					}
					const line = this.#octets('a line', value);
					if (line === null) return;
					this.#line(line, 'a line');
					this.#came(line.length);
				});
			},
		};
		if (lines.return !== undefined)
			checked.return = (value) => lines.return?.(value) as Promise<IteratorResult<Uint8Array>>;
		return checked;
	};

	#read1(sizes: [size?: number | undefined]): Promise<Uint8Array> {
		return this.#call('read1', sizes, (value, size) => {
			const block = this.#octets('read1', value);
			if (block === null) return;
			const wanted = typeof size === 'number' && size >= 0 ? size : -1;
			if (wanted >= 0 && block.length > wanted) this.#tooMuch('read1', block.length, wanted);
			this.#came(block.length);
			if (block.length === 0 && wanted !== 0) this.#ended = true;
		}) as Promise<Uint8Array>;
	}

	#call<K extends 'read' | 'read1' | 'readline' | 'readlines'>(
		name: K,
		sizes: [size?: number | undefined],
		check: (value: unknown, size: unknown) => void,
	): ReturnType<NonNullable<Input[K]>> {
		const size: unknown = sizes[0];
		try {
			if (size !== undefined && !Number.isInteger(size)) {
				const fix = 'Give an integer, or leave it out for all.';
				this.#inspector.below('GATE-41', `${name}() was called with ${described(size)}.`, fix);
			}
			this.#asked(name);
		} catch (fault) {
			return Promise.reject(fault) as ReturnType<NonNullable<Input[K]>>;
		}
		const given: unknown = this.#input[name]?.(...(sizes as [size?: number]));
		return this.#called(`${name}()`, given as Promise<never>, (value) => check(value, size)) as ReturnType<
			NonNullable<Input[K]>
		>;
	}

	#asked(name: string): void {
		if (this.#pending) {
			const message = `${name} of wsgi.input was called while another read was pending.`;
			this.#inspector.below('GATE-42', message, 'Await each read.');
		}
		if (this.#over) {
			const message = `${name} of wsgi.input was called after the body had been closed.`;
			this.#inspector.below('VALID-15', message, 'Read before the response ends.');
		}
	}

	async #called<T>(name: string, given: Promise<T>, check: (value: T) => void): Promise<T> {
		if (!isThenable(given)) {
			this.#inspector.above('VALID-7', `${name} of wsgi.input gave ${described(given)}.`, 'Give a promise.');
		}
		this.#pending = true;
		try {
			const value = await given;
			check(value);
			return value;
		} finally {
			this.#pending = false;
		}
	}

	#octets(name: string, value: unknown): Uint8Array | null {
		if (value instanceof Uint8Array) return value;
		this.#inspector.above('VALID-7', `${name} of wsgi.input gave ${described(value)}.`, 'Give a Uint8Array.');
		return null;
	}

	#tooMuch(name: string, length: number, wanted: number): void {
		this.#inspector.above('VALID-7', `${name}(${wanted}) gave ${length} octets.`, 'Give no more than was asked for.');
	}

	#line(line: Uint8Array, name: string): void {
		const at = line.indexOf(LF);
		if (at < 0 || at === line.length - 1) return;
		this.#inspector.above('VALID-7', `${name} of wsgi.input gave more than one line.`, 'End a line behind its LF.');
	}

	#came(length: number): void {
		this.#total += length;
		if (length > 0 && this.#ended) {
			const fix = 'Give fewer octets than asked for at the end only.';
			this.#inspector.above('VALID-7', 'wsgi.input gave content behind its end.', fix);
		}
		if (this.#announced >= 0 && this.#total > this.#announced) {
			const message = `wsgi.input gave ${this.#total} octets, and CONTENT_LENGTH is ${this.#announced}.`;
			this.#inspector.above('VALID-7', message, 'End it where the content ends.');
		}
	}
}
