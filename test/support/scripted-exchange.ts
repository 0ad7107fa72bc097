/** A live exchange over a scripted carrier: the test is the engine, and sees what the exchange asks of it. */
import { OUTPUT_MARKS } from '../../src/rich/context.ts';
import { LiveExchange } from '../../src/rich/live-exchange.ts';
import type { RequestHead } from '../../src/wire/carrier.ts';
import { type ScriptedCarrier, scriptedHead } from './scripted-carrier.ts';

/** Failures of the application are thrown, so that no test misses one. */
export function scriptedExchange(carrier: ScriptedCarrier, head: RequestHead = scriptedHead()): LiveExchange {
	return new LiveExchange(carrier, head, {
		connection: { id: 1, peer: null, local: null, tls: null },
		marks: OUTPUT_MARKS,
		waiting: 0,
		held: 0,
		lending: false,
		whenReturned() {},
		report: (error) => {
			throw error;
		},
		awaiting() {},
		answered() {},
	});
}
