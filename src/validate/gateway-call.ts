/** One call of an application of the gateway, bytes or text: what goes in and what comes out, looked at on the way. */
import { type Body, requireBody } from '../layer/gateway/body.ts';
import { described } from '../rich/described.ts';
import { isThenable } from '../rich/thenable.ts';
import type { Misuse } from '../wire/fault.ts';
import { parseDecimal } from '../wire/grammar.ts';
import { type BodyOwner, CheckedBody, wrongBlock } from './checked-body.ts';
import { checkEnviron } from './checked-environ.ts';
import { checkedErrors } from './checked-errors.ts';
import { CheckedInput } from './checked-input.ts';
import type { Inspector } from './finding.ts';
import type { LayerStrings } from './layer-strings.ts';
import { checkedStart, type Promised } from './response-start.ts';

/** `startResponse` of either layer: both call alike, and what their strings are is looked at when it matters. */
export type AnyStart = (status: never, fields: never, excInfo?: { readonly error: unknown } | null) => AnyWrite;
type AnyWrite = (block: Uint8Array) => Promise<void>;
type Values = Readonly<Record<string, unknown>>;

/** The checks of one call. */
export class GatewayCall<Environ extends object, Start extends AnyStart> implements BodyOwner {
	/** What the application gets. */
	readonly environ: Environ;
	readonly #rules: LayerStrings;
	readonly #inspector: Inspector;
	readonly #method: unknown;
	#input: CheckedInput | null = null;
	#promised: Promised | null = null;
	/** Octets of content so far, by `write()` and by blocks. */
	#count = 0;
	/** Blocks of the body have been asked for. */
	#begun = false;
	#writing = false;
	#body: CheckedBody | null = null;

	constructor(environ: Environ, rules: LayerStrings, inspector: Inspector) {
		this.#rules = rules;
		this.#inspector = inspector;
		checkEnviron(environ, rules, inspector);
		const values = environ as Values;
		this.#method = values.REQUEST_METHOD;
		this.environ = this.#checkedEnviron(environ);
		const closing = values['rsgi.closing'];
		// Registered first, so closed last: by then the server has closed the body.
		if (typeof closing === 'function') closing({ close: () => this.#resourcesClosed() });
	}

	/** `startResponse` for the application. */
	start(outer: Start): Start {
		const checked = (...all: unknown[]): AnyWrite => {
			const [status, fields, excInfo] = all;
			const replaces = excInfo !== undefined && excInfo !== null;
			if (all.length < 2 || all.length > 3) {
				const message = `startResponse() was called with ${all.length} arguments.`;
				this.#inspector.below('VALID-11', message, 'Give status and fields, and excInfo where there is one.');
			}
			if (replaces && (typeof excInfo !== 'object' || !('error' in excInfo))) {
				this.#inspector.below('VALID-11', `excInfo is ${described(excInfo)}.`, 'Give what was caught as { error }.');
			}
			if (this.#promised !== null && !replaces) {
				const message = 'startResponse() was called a second time, and no excInfo says why.';
				this.#inspector.below('GATE-7', message, 'Call it once, or give what was caught as { error }.');
			}
			const sent = this.#count > 0;
			if (!(replaces && sent)) this.#promised = checkedStart(status, fields, this.#rules, this.#inspector);
			const write = (outer as unknown as (...all: unknown[]) => unknown)(...all);
			if (replaces && sent && this.#inspector.underServer) {
				const message = 'startResponse() took excInfo although the response had been sent.';
				this.#inspector.above('GATE-8', message, 'Throw its error on.');
			}
			if (typeof write !== 'function') {
				this.#inspector.above('VALID-9', `startResponse() gave ${described(write)}.`, 'Give write().');
			}
			return this.#write(write as AnyWrite);
		};
		return checked as unknown as Start;
	}

	/** Calls the application, and gives what the server gets in place of what it returned. */
	run(app: () => Body | PromiseLike<Body>): Body | PromiseLike<Body> {
		const returned = this.escaping(app);
		if (!isThenable(returned)) return this.returned(returned);
		return (returned as PromiseLike<Body>).then((body) => this.returned(body));
	}

	/** Calls what may throw, or reject, and looks at that too. */
	escaping<T>(call: () => T | PromiseLike<T>): T | PromiseLike<T> {
		let result: T | PromiseLike<T>;
		try {
			result = call();
		} catch (error) {
			this.#inspector.escaped(error);
			throw error;
		}
		if (!isThenable(result)) return result;
		return (result as PromiseLike<T>).then(undefined, (error: unknown) => {
			this.#inspector.escaped(error);
			throw error;
		});
	}

	/** What the application returned, and what the server gets in its place. */
	returned(body: unknown): Body {
		try {
			requireBody(body);
		} catch (error) {
			this.#inspector.misuse(error as Misuse);
			return body as Body;
		}
		// An array tells the server how much will come, so it stays one.
		if (Array.isArray(body)) return this.#array(body as Uint8Array[] & Body);
		this.#body = new CheckedBody(body as Body, this, this.#inspector);
		return this.#body.body;
	}

	counted(length: number): void {
		if (this.#promised === null) {
			const message = 'A block came before startResponse() had been called.';
			this.#inspector.below('GATE-10', message, 'Call it before the first block.');
			return;
		}
		this.#count += length;
		if (this.#method === 'HEAD' || length === 0) return;
		const { status, length: announced } = this.#promised;
		if (status === 204 || status === 205 || status === 304) {
			this.#inspector.below('GATE-56', `A ${status} response has content.`, 'Give no blocks.');
		} else if (announced >= 0 && this.#count > announced) {
			const message = `There are ${this.#count} octets of content, and Content-Length is ${announced}.`;
			this.#inspector.below('GATE-55', message, 'Announce what comes, or leave it out.');
		}
	}

	begun(): void {
		this.#begun = true;
	}

	ended(): void {
		if (this.#promised === null) {
			const message = 'The body ended, and startResponse() had not been called.';
			this.#inspector.below('GATE-10', message, 'Call it before the first block.');
			return;
		}
		const { status, length } = this.#promised;
		// A response to HEAD, and 304, may say how long the content would have been.
		if (this.#method === 'HEAD' || status === 304 || this.#count >= length) return;
		const message = `There were ${this.#count} octets of content, and Content-Length is ${length}.`;
		this.#inspector.below('GATE-55', message, 'Announce what comes, or leave it out.');
	}

	closed(): void {
		this.#input?.over();
	}

	#array(body: Uint8Array[] & Body): Body {
		try {
			for (const block of body) {
				const wrong = wrongBlock(block);
				if (wrong !== null) this.#inspector.below('GATE-50', ...wrong);
				else this.counted(block.length);
			}
			this.ended();
		} catch (fault) {
			body.close?.();
			throw fault;
		}
		return body;
	}

	#write(outer: AnyWrite): AnyWrite {
		return (block) => {
			try {
				const wrong = wrongBlock(block);
				if (wrong !== null) this.#inspector.below('GATE-50', ...wrong);
				if (this.#begun) {
					const message = 'write() was called after the body was begun.';
					this.#inspector.below('GATE-58', message, 'Write first, or give the block by the body.');
				}
				if (this.#writing) {
					const message = 'write() was called while the one before was pending.';
					this.#inspector.below('VALID-16', message, 'Await each write: its promise is the backpressure.');
				}
				if (wrong === null) this.counted(block.length);
			} catch (fault) {
				return Promise.reject(fault);
			}
			const written: unknown = outer(block);
			if (!isThenable(written)) {
				this.#inspector.above('VALID-9', `write() gave ${described(written)}.`, 'Give a promise.');
				return written as Promise<void>;
			}
			this.#writing = true;
			const over = (): void => {
				this.#writing = false;
			};
			(written as PromiseLike<void>).then(over, over);
			return written as PromiseLike<void> as Promise<void>;
		};
	}

	/** A copy with the input and the errors looked at, where they are what they should be. */
	#checkedEnviron(environ: Environ): Environ {
		const values = environ as Values;
		const copy: Record<string, unknown> = { ...values };
		const input = values['wsgi.input'];
		if (typeof input === 'object' && input !== null) {
			const length = values.CONTENT_LENGTH;
			const announced = typeof length === 'string' ? parseDecimal(length) : -1;
			this.#input = new CheckedInput(input as never, announced, this.#inspector);
			copy['wsgi.input'] = this.#input;
		}
		const errors = values['wsgi.errors'];
		if (typeof errors === 'object' && errors !== null) {
			copy['wsgi.errors'] = checkedErrors(errors as never, this.#inspector);
		}
		return copy as Environ;
	}

	#resourcesClosed(): void {
		this.#input?.over();
		if (this.#body === null || this.#body.closed) return;
		const message = 'The exchange ended, and close() of the body was never called.';
		this.#inspector.above('GATE-12', message, 'Call it once, however the body ended.');
	}
}
