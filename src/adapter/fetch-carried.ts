/** Runs a rich application over a carrier of fetch: for a fetch handler, and for a handler object of the Fetch Server API. */
import { type RichApp, rich } from '../rich/app.ts';
import type { ConnectionFacts } from '../rich/connection-facts.ts';
import { OUTPUT_MARKS } from '../rich/context.ts';
import { LiveExchange } from '../rich/live-exchange.ts';
import { isThenable } from '../rich/thenable.ts';
import { WrappedExchange } from '../rich/wrapped-exchange.ts';
import type { RequestHead } from '../wire/carrier.ts';
import type { FetchCarrier } from './fetch-carrier.ts';
import { PullingExchange, type Watch } from './pulling-exchange.ts';

/** Keeps the host waiting for a promise. */
export type Keep = (promise: Promise<unknown>) => void;

/**
 * Runs the application, and begins to read what it wants of the content.
 * @param keep told what the application has under way; null where the host does not wait
 * @returns the exchange, which may be over already
 */
export function runCarried(
	app: RichApp,
	carrier: FetchCarrier,
	head: RequestHead,
	connection: ConnectionFacts,
	keep: Keep | null,
): LiveExchange {
	const watch: Watch = {
		watch(result) {
			if (keep !== null && isThenable(result)) keep(Promise.resolve(result as PromiseLike<unknown>).catch(() => {}));
			return result;
		},
	};
	const exchange = new LiveExchange(carrier, head, {
		connection,
		marks: OUTPUT_MARKS,
		waiting: 0,
		held: 0,
		lending: false,
		whenReturned() {},
		report: (error) => carrier.failed(error),
		awaiting() {},
		answered() {},
	});
	let pending = false;
	exchange.run(
		rich((live) => {
			const returned = WrappedExchange.run(
				app,
				new PullingExchange(live, carrier.content, head.expectsContinue, watch),
			);
			if (isThenable(returned)) {
				pending = true;
				const settled = (): void => {};
				// A step later: what the call was rejected with is to be known first.
				void watch
					.watch(returned)
					.then(settled, settled)
					.then(() => carrier.settled());
			}
			return returned;
		}),
	);
	if (!pending) carrier.settled();
	carrier.content.begin();
	return exchange;
}
