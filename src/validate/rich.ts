/** The validator of the rich layer. */
import { type RichApp, requireRich, rich } from '../rich/app.ts';
import { CheckedExchange, type Watch } from './checked-exchange.ts';
import { Inspector, type ValidateOptions } from './finding.ts';
import { checkRequestHead } from './request-head-checks.ts';

/**
 * Puts a validator round a rich application: it looks at what the server offers and delivers and at what the
 * application commands, and tells whose fault it is. What is right passes unchanged. That `closed` never came is told
 * when the server calls `stop`.
 *
 * @throws Misuse for what is no rich application (RICH-3); without `report`, ValidationFault where a rule is broken
 * @example
 * const client = pair(validateRich(app)); // in a test: what is wrong throws
 */
export function validateRich(app: RichApp, options: ValidateOptions = {}): RichApp {
	requireRich(app, 'validateRich()');
	/** Those that are owed `closed`. */
	const open = new Set<CheckedExchange>();
	const watch: Watch = {
		attached: (exchange) => void open.add(exchange),
		closed: (exchange) => void open.delete(exchange),
		pushed: (pushed) => checked(pushed),
	};
	const checked = (inner: RichApp): RichApp =>
		rich((exchange) => {
			const inspector = new Inspector(options, `${exchange.method} ${exchange.target}`);
			checkRequestHead(exchange, inspector);
			return new CheckedExchange(exchange, inspector, watch).call(inner);
		}, inner);
	return rich(checked(app), {
		start: app.start?.bind(app),
		stop: async () => {
			await app.stop?.();
			for (const exchange of open) {
				if (exchange.state.closed) continue;
				const fix = 'Deliver it once for each exchange, before stop.';
				exchange.inspector.above('RICH-8', 'closed never came to a handler that was attached.', fix);
			}
		},
		protocols: app.protocols,
	});
}
