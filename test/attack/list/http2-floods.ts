/** Attacks on HTTP/2 that are many of a kind: floods, resets, and what makes a server reset. */
import { ErrorCode } from '../../../src/wire/fault.ts';
import {
	be32,
	bytes,
	data,
	END_STREAM,
	frame,
	get,
	headers,
	PADDED,
	ping,
	post,
	request,
	rst,
	settings,
	TYPES,
	windowUpdate,
} from '../../support/http2-frames.ts';
import { type Attack, CONNECTIONS, each } from './attack.ts';
import { Http2Foe } from './http2-foe.ts';

const CALM = 'GOAWAY ENHANCE_YOUR_CALM';
/** No flood is longer on any connection. */
const MOST = 20_000;

/** The same frames over and over, on several connections. */
function flood(
	name: string,
	rule: string,
	make: (index: number) => Uint8Array,
	begin: Uint8Array = new Uint8Array(0),
	allowed: readonly string[] = [CALM],
	most = MOST,
): Attack {
	return {
		name,
		rule,
		allowed,
		run: ({ http2 }, tell) =>
			each(CONNECTIONS, async () => {
				const foe = await new Http2Foe(http2).opened();
				await foe.send(begin);
				await foe.flood(most, make);
				tell(await foe.outcome(1000));
			}),
	};
}

const id = (index: number): number => index * 2 + 1;

/** MadeYouReset (CVE-2025-8671): a request that the server begins, and a frame for which it must reset it. */
function made(
	what: string,
	rule: string,
	provoke: (stream: number) => Uint8Array,
	allowed?: readonly string[],
): Attack {
	return flood(
		`MadeYouReset: ${what}`,
		`CVE-2025-8671; ${rule}`,
		(index) => bytes(get(id(index), '/silent'), provoke(id(index))),
		undefined,
		allowed,
	);
}

export const HTTP2_FLOODS: readonly Attack[] = [
	flood('Rapid reset', 'CVE-2023-44487; RFC 9113 §10.5', (index) =>
		bytes(get(id(index), '/silent'), rst(id(index), ErrorCode.CANCEL)),
	),
	made('WINDOW_UPDATE of 0', 'RFC 9113 §6.9', (stream) => windowUpdate(stream, 0)),
	made('window overflow', 'RFC 9113 §6.9.1', (stream) => windowUpdate(stream, 0x7fffffff)),
	// Some are refused for their number: frames behind that end the connection at once.
	made('DATA on half-closed', 'RFC 9113 §5.1', (stream) => data(stream, 0, 'x'), [CALM, 'GOAWAY STREAM_CLOSED']),
	made('HEADERS on half-closed', 'RFC 9113 §5.1', (stream) => get(stream), [CALM, 'GOAWAY STREAM_CLOSED']),
	made('PRIORITY on itself', 'RFC 7540 §5.3.1', (stream) => frame(TYPES.PRIORITY, 0, stream, be32(stream), 16)),
	made('PRIORITY of the wrong size', 'RFC 9113 §6.3', (stream) => frame(TYPES.PRIORITY, 0, stream, be32(0))),
	flood('Malformed requests', 'RFC 9113 §8.1.1', (index) => headers(id(index), END_STREAM, request('GET', ''))),
	flood('Requests beyond the limit of streams', 'RFC 9113 §5.1.2', (index) => get(id(index), '/silent'), undefined, [
		CALM,
	]),
	{
		name: 'Push and reset',
		rule: 'RFC 9113 §8.4.2, §10.5',
		allowed: [CALM],
		run: ({ http2 }, tell) =>
			each(CONNECTIONS, async () => {
				const foe = await new Http2Foe(http2).opened();
				for (let turn = 0; turn < 500 && !foe.isOver && foe.goaway === ''; turn++) {
					const refused = foe.promises.splice(0).map((promised) => rst(promised, ErrorCode.CANCEL));
					await foe.send(bytes(...refused, get(id(turn), '/push')));
					await new Promise((resolve) => setTimeout(resolve, 1));
				}
				tell(await foe.outcome(1000));
			}),
	},
	{
		name: 'CONTINUATION',
		rule: 'CVE-2024-27316; RFC 9113 §6.10, §10.5.1',
		allowed: [CALM],
		run: ({ http2 }, tell) =>
			each(CONNECTIONS, async () => {
				const foe = await new Http2Foe(http2).opened();
				await foe.send(frame(TYPES.HEADERS, END_STREAM, 1, request('GET', '/hello')));
				await foe.flood(
					MOST,
					(index) => frame(TYPES.CONTINUATION, 0, 1, 0, 3, 'x-a', 60, String(index).padEnd(60, '.')),
					20,
				);
				tell(await foe.outcome(1000));
			}),
	},
	flood(
		'CONTINUATION without octets',
		'CVE-2024-27316, CVE-2019-9518; RFC 9113 §10.5',
		() => frame(TYPES.CONTINUATION, 0, 1),
		frame(TYPES.HEADERS, END_STREAM, 1),
	),
	flood('SETTINGS', 'CVE-2019-9515; RFC 9113 §10.5', () => settings([4, 65_535])),
	flood(
		'SETTINGS of 2,000 lines',
		'CVE-2019-9515; RFC 9113 §10.5',
		() => settings(...Array.from({ length: 2000 }, (_, index): [number, number] => [4, 65_535 - (index & 1)])),
		undefined,
		undefined,
		2000,
	),
	flood('PING', 'CVE-2019-9512; RFC 9113 §10.5', () => ping()),
	{
		name: 'PING that never reads',
		rule: 'CVE-2019-9512; RFC 9113 §10.5',
		allowed: ['closed', 'GOAWAY ENHANCE_YOUR_CALM'],
		run: ({ http2 }, tell) =>
			each(CONNECTIONS, async () => {
				const foe = await new Http2Foe(http2, false).opened();
				await foe.flood(MOST, () => ping());
				// It looks at last, whether the connection has gone.
				foe.socket.resume();
				tell(await foe.outcome());
			}),
	},
	flood('PRIORITY', 'CVE-2019-9513; RFC 9113 §5.3.2', () => frame(TYPES.PRIORITY, 0, 1, be32(3), 16)),
	flood('PRIORITY_UPDATE', 'RFC 9218 §7.1, §10', (index) =>
		frame(TYPES.PRIORITY_UPDATE, 0, 0, be32(id(index)), `u=${index % 8}`),
	),
	flood('WINDOW_UPDATE', 'RFC 9113 §10.5', () => windowUpdate(0, 1)),
	flood('Frames of unknown types', 'RFC 9113 §4.1, §10.5', () => frame(0xbb, 0, 0, 'x')),
	flood('Empty DATA', 'CVE-2019-9518; RFC 9113 §10.5', () => data(1, 0), post(1, '/sum')),
	flood('DATA of padding', 'CVE-2019-9518; RFC 9113 §10.5', () => frame(TYPES.DATA, PADDED, 1, 0), post(1, '/sum')),
	flood('Empty HEADERS', 'CVE-2019-9518; RFC 9113 §8.1.1', (index) =>
		headers(id(index), END_STREAM, new Uint8Array(0)),
	),
	flood(
		'Windows of an octet, quickly',
		'CVE-2019-9511; RFC 9113 §10.5',
		() => bytes(windowUpdate(1, 1), windowUpdate(0, 1)),
		bytes(settings([4, 0]), get(1, '/large')),
	),
];
