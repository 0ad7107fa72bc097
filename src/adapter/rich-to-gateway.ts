/** A rich application as a gateway application: an exchange over an environ, `startResponse` and a body. */
import { type GatewayApp, gateway } from '../layer/gateway/app.ts';
import type { Body } from '../layer/gateway/body.ts';
import type { Step } from '../layer/gateway/body-reader.ts';
import type { Environ } from '../layer/gateway/environ.ts';
import type { StartResponse } from '../layer/gateway/start-response.ts';
import { type RichApp, requireRich, rich } from '../rich/app.ts';
import { type ExchangeContext, OUTPUT_MARKS } from '../rich/context.ts';
import { LiveExchange } from '../rich/live-exchange.ts';
import { isThenable } from '../rich/thenable.ts';
import { WrappedExchange } from '../rich/wrapped-exchange.ts';
import { connectionFacts, requestHead } from './environ-request.ts';
import { GatewayCarrier } from './gateway-carrier.ts';
import { PullingExchange } from './pulling-exchange.ts';

/**
 * Runs a rich application as a gateway application. It always downgrades: the gateway's middleware sees the real
 * response, block by block, and whatever it does with it is what the client gets.
 *
 * What it loses: `inform`, `push` and `accept` are null and `trailers` is false; `retire` and setting the priority do
 * nothing; request trailer fields are empty; Upgrade and TE are left out of the response; the protocols that the
 * application declares are not passed on. The head of a response
 * goes with its first content, and the end of a response waits while request content is still being read. `refuse`
 * becomes a 503, and `abort` an error in the body, behind what was written before. The outcome of an exchange that the
 * gateway does not read to its end is `reset` with CANCEL, whatever the reason.
 *
 * @throws Misuse for what is no rich application (RICH-3)
 * @example
 * const app = gatewayToRich(compressed(richToGateway(events))); // bytes middleware round a rich application
 */
export function richToGateway(app: RichApp): GatewayApp {
	const inner = requireRich(app, 'richToGateway()');
	// Without the protocols: what cannot be accepted must not be advertised.
	const { start, stop } = inner;
	return gateway((environ, startResponse) => new Run(inner, environ, startResponse).body(), { start, stop });
}

/** One call. */
class Run {
	readonly #carrier: GatewayCarrier;
	readonly #environ: Environ;
	/** Promises of the application that have not settled: its call, and its handler's methods. */
	#pending = 0;
	#idle: (() => void)[] = [];
	/** Nobody will hear of an error any more, but the log. */
	#over = false;

	constructor(app: RichApp, environ: Environ, startResponse: StartResponse) {
		this.#environ = environ;
		const head = requestHead(environ);
		const carrier = new GatewayCarrier(startResponse, environ['wsgi.input'], head.contentLength);
		this.#carrier = carrier;
		const context: ExchangeContext = {
			connection: connectionFacts(environ),
			marks: OUTPUT_MARKS,
			waiting: 0,
			held: 0,
			lending: false,
			whenReturned() {},
			report: (error) => this.#report(error),
			awaiting() {},
			answered() {},
		};
		const exchange = new LiveExchange(carrier, head, context);
		const run = rich((live) => {
			const returned = WrappedExchange.run(app, new PullingExchange(live, carrier.content, head.expectsContinue, this));
			if (isThenable(returned)) {
				const settled = (): void => {};
				// A step later: what the call was rejected with is to be known first.
				void this.watch(returned)
					.then(settled, settled)
					.then(() => carrier.settled());
			}
			return returned;
		});
		exchange.run(run);
		if (this.#pending === 0) carrier.settled();
		carrier.content.begin();
	}

	/** What the gateway application returns. */
	body(): Body {
		const carrier = this.#carrier;
		try {
			carrier.start();
		} catch (error) {
			// There will be no body whose close() could tell of more.
			this.#over = true;
			for (const late of carrier.untold()) this.#log(late);
			throw error;
		}
		const close = (): void | Promise<void> => this.#close();
		if (carrier.whole) {
			const blocks: Iterator<Uint8Array> = {
				next: () => (carrier.step() ?? { done: true, value: undefined }) as IteratorResult<Uint8Array>,
				return: () => {
					carrier.stop();
					return { done: true, value: undefined };
				},
			};
			return { [Symbol.iterator]: () => blocks, close };
		}
		const blocks: AsyncIterator<Uint8Array> = {
			next: () => this.#next() as Promise<IteratorResult<Uint8Array>>,
			return: async () => {
				carrier.stop();
				return { done: true, value: undefined };
			},
		};
		return { [Symbol.asyncIterator]: () => blocks, close };
	}

	/** Counts what the application has under way. */
	watch<T>(result: T): T {
		if (isThenable(result)) {
			this.#pending++;
			const settled = (): void => {
				if (--this.#pending === 0) for (const wake of this.#idle.splice(0)) wake();
			};
			result.then(settled, settled);
		}
		return result;
	}

	async #next(): Promise<Step> {
		for (;;) {
			const step = this.#carrier.step();
			if (step !== null) return step;
			await this.#carrier.change();
		}
	}

	/** Ends the exchange, if it is open, and waits for the application. */
	#close(): void | Promise<void> {
		this.#carrier.stop();
		if (this.#pending === 0) return this.#closed();
		return new Promise<void>((resolve) => this.#idle.push(resolve)).then(() => this.#closed());
	}

	#closed(): void {
		this.#over = true;
		const errors = this.#carrier.untold();
		if (errors.length === 1) throw errors[0];
		if (errors.length > 1) throw new AggregateError(errors, 'The application failed, and more than once.');
	}

	#report(error: unknown): void {
		if (this.#over) this.#log(error);
		else this.#carrier.failed(error);
	}

	#log(error: unknown): void {
		const text = error instanceof Error ? (error.stack ?? String(error)) : String(error);
		this.#environ['wsgi.errors'].write(`${text}\n`);
	}
}
