/** Responses to a peer that sends requests and reads nothing: what one turn may put into the output. */
import { describe, expect, test } from 'vitest';
import { ErrorCode } from '../../src/wire/fault.ts';
import { get, headers, post, request, rst, TYPES } from '../support/http2-frames.ts';
import { type Exchange, Talk } from '../support/http2-talk.ts';

/** A response whose head says a new thing each time, so that no table makes it small. */
let answers = 0;
function bigHead(exchange: Exchange): void {
	exchange.answer(302, '', 'location', '/', 'x-big', `${'y'.repeat(8000)}${answers++}`);
}

const ids = (count: number, from = 1): number[] => Array.from({ length: count }, (_, index) => from + index * 2);

describe('RFC 9113 §5.1.2: a stream is concurrent until the peer can know that it is closed', () => {
	test('requests of one turn are refused beyond the limit, however fast they are answered', () => {
		const talk = Talk.open({ app: bigHead, limits: { concurrentStreams: 10 } });
		talk.send(...ids(15).map((id) => get(id)));
		expect(talk.exchanges).toHaveLength(10);
		for (const id of ids(10)) expect(talk.statuses(id)).toEqual(['302']);
		for (const id of ids(5, 21)) expect(talk.resets(id)).toEqual([ErrorCode.REFUSED_STREAM]);
	});

	test('thousands of requests in one read leave no more heads than there may be streams', () => {
		const talk = Talk.open({ app: bigHead });
		talk.send(...ids(5000).map((id) => get(id)));
		expect(talk.of(TYPES.HEADERS).length).toBeLessThanOrEqual(128);
		expect(talk.goaway).toBe(ErrorCode.ENHANCE_YOUR_CALM);
	});

	test('a request that we reset counts until the turn is over', () => {
		const talk = Talk.open({
			app: (exchange) => exchange.carrier.reset(ErrorCode.CANCEL),
			limits: { concurrentStreams: 2 },
		});
		talk.send(...ids(3).map((id) => get(id)));
		expect(ids(3).map((id) => talk.resets(id))).toEqual([
			[ErrorCode.CANCEL],
			[ErrorCode.CANCEL],
			[ErrorCode.REFUSED_STREAM],
		]);
		talk.send(get(7));
		expect(talk.resets(7)).toEqual([ErrorCode.CANCEL]);
	});

	test('a request that the peer resets counts no more', () => {
		const talk = Talk.open({ limits: { concurrentStreams: 2 } });
		talk.send(get(1), get(3), rst(1, ErrorCode.CANCEL), get(5));
		expect(talk.exchanges).toHaveLength(3);
		expect(talk.resets(5)).toEqual([]);
	});

	test('turn by turn there is no end to requests that are answered', () => {
		const talk = Talk.open({ app: bigHead, limits: { concurrentStreams: 2 } });
		for (const id of ids(300)) talk.send(get(id));
		for (const id of ids(50, 1001)) talk.send(post(id), headers(id, 1, request('GET', '/').subarray(0, 0)));
		expect(talk.of(TYPES.HEADERS)).toHaveLength(350);
		expect(talk.of(TYPES.RST_STREAM)).toEqual([]);
	});

	test('pushes of one turn are as many as there may be streams', () => {
		let pushed = 0;
		const app = (exchange: Exchange): void => {
			for (let i = 0; i < 10; i++) {
				const carrier = exchange.carrier.push(exchange.head);
				if (carrier === null) break;
				pushed++;
				carrier.end(null);
			}
		};
		const talk = Talk.open({ app, limits: { concurrentStreams: 4 } });
		talk.send(get(1));
		expect(pushed).toBe(4);
	});
});
