/** The events of an exchange, passed on, with what the server does looked at (VALID-21). */
import { described } from '../rich/described.ts';
import type { Handler } from '../rich/handler.ts';
import { Stage } from '../rich/order.ts';
import type { Outcome } from '../rich/outcome.ts';
import type { Priority } from '../wire/carrier.ts';
import type { Fields } from '../wire/fields.ts';
import type { ExchangeState } from './exchange-state.ts';
import type { Inspector } from './finding.ts';

const REASONS: readonly unknown[] = ['complete', 'reset', 'lost', 'aborted', 'timeout', 'shutdown'];

/** What a handler of one exchange, or of its tunnel, stands for. */
export interface HandlerOwner {
	readonly state: ExchangeState;
	readonly inspector: Inspector;
	/** A chunk the application wrote has changed before it got it back. */
	unchanged(): void;
	/** The exchange is over. */
	concluded(): void;
}

/**
 * A handler that passes every event on. It has the methods that the application's has, because what is missing means
 * something, and `drain` and `closed` besides.
 *
 * @param tunnel whether it is the handler of a tunnel, whose events come after those of the request
 */
export function checkedHandler(handler: Handler, owner: HandlerOwner, tunnel: boolean): Handler {
	const { state, inspector } = owner;
	const seen = { ended: false, stopping: false, closed: false };
	const wrong = (rule: string, message: string, fix: string): void => inspector.above(rule, message, fix);
	const event = (name: string): void => {
		if (state.commands > 0) wrong('RICH-6', `${name} was delivered inside a command.`, 'Deliver it after the command.');
		if (!state.called) {
			wrong('RICH-6', `${name} was delivered before the application's call had returned.`, 'Deliver it after.');
		}
		if (seen.closed) wrong('RICH-8', `${name} was delivered after closed.`, 'Deliver closed last.');
	};
	const checked: Handler = {
		drain() {
			event('drain');
			if (!state.drainOwed) {
				wrong('RICH-22', 'drain was delivered, and write had not said false.', 'Deliver it once for each time.');
			}
			if (state.stage === Stage.ENDED || state.stage === Stage.TUNNEL_ENDED) {
				wrong('RICH-22', 'drain was delivered after end.', 'Deliver none after it.');
			}
			owner.unchanged();
			state.written.release();
			state.drainOwed = false;
			state.overrun = false;
			return handler.drain?.();
		},
		closed(outcome: Outcome) {
			event('closed');
			seen.closed = true;
			if (!REASONS.includes(outcome?.reason) || !Number.isInteger(outcome?.code)) {
				const fix = 'Give { reason, code }, with a reason of the specification.';
				wrong('RICH-10', `The outcome is ${described(outcome)}.`, fix);
			} else if (outcome.reason === 'complete' && state.stage === Stage.HEAD) {
				wrong('RICH-10', 'The outcome is complete, and no response has begun.', 'Say what happened.');
			}
			owner.unchanged();
			state.written.release();
			if (!tunnel) {
				state.closed = true;
				owner.concluded();
			}
			return handler.closed?.(outcome);
		},
	};
	if (typeof handler.data === 'function') {
		checked.data = (chunk: Uint8Array) => {
			event('data');
			if (seen.ended) wrong('RICH-8', 'data was delivered after end.', 'Deliver end behind all content.');
			if (state.paused)
				wrong('RICH-25', 'data was delivered while the exchange was paused.', 'Hold it until resume().');
			if (state.discarded && !tunnel) wrong('RICH-27', 'data was delivered after discard().', 'Drop it.');
			if (!(chunk instanceof Uint8Array)) {
				wrong('VALID-21', `data was delivered with ${described(chunk)}.`, 'Give a Uint8Array.');
			} else if (state.overlaps(chunk)) {
				wrong('RICH-24', 'A chunk lies in the memory of one before it.', 'Never use the memory of a chunk again.');
			}
			return handler.data?.(chunk);
		};
	}
	if (typeof handler.end === 'function') {
		checked.end = (trailers: Fields) => {
			event('end');
			if (seen.ended) wrong('RICH-8', 'end was delivered twice.', 'Deliver it once.');
			if (state.discarded && !tunnel) wrong('RICH-27', 'end was delivered after discard().', 'Drop it.');
			seen.ended = true;
			return handler.end?.(trailers);
		};
	}
	if (typeof handler.stopping === 'function') {
		checked.stopping = () => {
			event('stopping');
			if (seen.stopping) wrong('RICH-53', 'stopping was delivered twice.', 'Deliver it once to each handler.');
			seen.stopping = true;
			return handler.stopping?.();
		};
	}
	if (!tunnel && typeof handler.priority === 'function') {
		checked.priority = (priority: Priority) => {
			event('priority');
			return handler.priority?.(priority);
		};
	}
	return checked;
}
