/** The access log: a line for each exchange, when it has really ended. */
import { type RichApp, type RichMiddleware, requireRich, rich } from '../rich/app.ts';
import type { Exchange, PushHead, Tunnel } from '../rich/exchange.ts';
import type { TunnelHandler } from '../rich/handler.ts';
import type { Outcome } from '../rich/outcome.ts';
import { Misuse } from '../wire/fault.ts';
import type { FieldsInit } from '../wire/fields.ts';
import { LINE_FORMATS, type LineFormat } from './access-log/formats.ts';
import type { AccessRecord } from './access-log/record.ts';
import { type LogTarget, LogWriter } from './access-log/writer.ts';
import { AnsweredExchange } from './answered-exchange.ts';

export type { LineFormat } from './access-log/formats.ts';
export type { AccessRecord } from './access-log/record.ts';
export type { LogStream, LogTarget } from './access-log/writer.ts';

/** What is logged, and where. */
export interface AccessLogOptions {
	/** A function that takes a line, which ends with LF and may be answered by a promise; or a stream, as `process.stdout`. */
	readonly to: LogTarget;
	/**
	 * `common` and `combined` as other servers write them, `json` with all that is known, or a function that gives the line
	 * without its LF and null for none. `combined` by default.
	 */
	readonly format?: LineFormat | ((record: AccessRecord) => string | null);
	/** How many lines may wait for a slow log; 1000 by default. What comes then is lost, and `failed` told of it. */
	readonly waiting?: number;
	/** Told what goes wrong in the log, and what a format throws; nobody by default. */
	readonly failed?: (error: unknown) => void;
	/** The time in milliseconds since 1970; `Date.now` by default. */
	readonly now?: () => number;
}

/**
 * Logs each exchange when it is over, with its outcome, its bytes and how long it took. Pushed exchanges and tunnels are
 * logged too. A log that fails or is slow harms nobody: what it throws goes to `failed`, and lines wait up to a bound.
 *
 * Stands outermost, or within `requestIds`, so that lines have the id.
 *
 * @throws Misuse for options that make no sense, and for what is no rich application (MW-1)
 * @example
 * import { accessLog } from 'rsgi/middleware/access-log';
 * export default accessLog({ to: process.stdout, format: 'json' })(app);
 */
export function accessLog(options: AccessLogOptions): RichMiddleware {
	const { format = 'combined', now = Date.now } = options;
	const line = typeof format === 'function' ? format : LINE_FORMATS[format];
	if (line === undefined) {
		throw new Misuse(
			'MW-1',
			`format is one of ${Object.keys(LINE_FORMATS).join(', ')}, or a function, not ${String(format)}.`,
		);
	}
	const writer = new LogWriter(options.to, options.waiting ?? 1000, options.failed ?? (() => {}));
	const log: Logging = {
		now,
		tell: (record) => writer.write(() => line(record)),
	};
	return (app: RichApp): RichApp => logged(requireRich(app, 'accessLog()'), log);
}

interface Logging {
	readonly now: () => number;
	readonly tell: (record: AccessRecord) => void;
}

function logged(app: RichApp, log: Logging): RichApp {
	return rich((exchange) => LoggedExchange.observe(app, new LoggedExchange(exchange, log)), app);
}

class LoggedExchange extends AnsweredExchange {
	readonly #log: Logging;
	readonly #began: number;
	#bytes = 0;

	constructor(exchange: Exchange, log: Logging) {
		super(exchange);
		this.#log = log;
		this.#began = log.now();
	}

	override write(chunk: Uint8Array): boolean {
		const inert = this.outcome !== null;
		const more = super.write(chunk);
		if (!inert) this.#bytes += chunk.length;
		return more;
	}

	override end(chunk?: Uint8Array | null, trailers?: FieldsInit): void {
		const inert = this.outcome !== null;
		super.end(chunk, trailers);
		if (!inert) this.#bytes += chunk?.length ?? 0;
	}

	override get push(): ((head: PushHead, app: RichApp) => void) | null {
		const push = super.push;
		if (push === null) return null;
		return (head, app) => push.call(this, head, logged(requireRich(app, 'push()'), this.#log));
	}

	override get accept(): ((fields: FieldsInit, handler: TunnelHandler) => Tunnel) | null {
		const accept = super.accept;
		if (accept === null) return null;
		return (fields, handler) => {
			const tunnel = accept.call(this, fields, handler);
			return new CountedTunnel(tunnel, (bytes) => {
				this.#bytes += bytes;
			});
		};
	}

	protected override ended(outcome: Outcome): void {
		const ended = this.#log.now();
		this.#log.tell({
			exchange: this,
			status: this.answeredStatus(outcome),
			bytes: this.method === 'HEAD' ? 0 : this.#bytes,
			began: this.#began,
			duration: ended - this.#began,
			outcome,
		});
	}
}

/** A tunnel whose bytes to the peer are counted. */
class CountedTunnel implements Tunnel {
	readonly #inner: Tunnel;
	readonly #count: (bytes: number) => void;

	constructor(inner: Tunnel, count: (bytes: number) => void) {
		this.#inner = inner;
		this.#count = count;
	}

	get waiting(): number {
		return this.#inner.waiting;
	}
	write(chunk: Uint8Array): boolean {
		const more = this.#inner.write(chunk);
		this.#count(chunk.length);
		return more;
	}
	end(chunk?: Uint8Array): void {
		this.#inner.end(chunk);
		this.#count(chunk?.length ?? 0);
	}
	pause(): void {
		this.#inner.pause();
	}
	resume(): void {
		this.#inner.resume();
	}
	abort(code?: number): void {
		this.#inner.abort(code);
	}
}
