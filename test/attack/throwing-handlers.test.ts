/** Applications that fail in every event, and clients that make them: nobody else notices (RICH-28). */
import { type Exchange, type Handler, type RichApp, rich, utf8 } from 'rsgi';
import { describe, expect, test, vi } from 'vitest';
import {
	be32,
	bytes,
	data,
	END_STREAM,
	frame,
	PREFACE,
	post,
	rst,
	SETTINGS_ACK,
	settings,
	TYPES,
	windowUpdate,
} from '../support/http2-frames.ts';
import { probe, RawClient } from '../support/raw-client.ts';
import { served } from '../support/served.ts';

const EVENTS = ['app', 'data', 'end', 'drain', 'priority', 'closed'] as const;

/** Fails where the target says, and how: `/data/throws`, `/closed/rejects`. */
const failing: RichApp = rich((exchange: Exchange) => {
	const [, where, how] = exchange.target.split('/');
	if (where === 'hello') {
		exchange.respond(200);
		exchange.end(utf8('hello'));
		return;
	}
	const fail = (): Promise<void> => {
		const error = new Error(`${where} fails`);
		if (how === 'rejects') return Promise.reject(error);
		throw error;
	};
	if (where === 'app') return fail();
	const handler: Handler = { [where as 'data']: fail };
	if (where === 'drain') {
		exchange.respond(200);
		exchange.write(new Uint8Array(65536));
	}
	return handler;
});

const targets = EVENTS.flatMap((event) => [`/${event}/throws`, `/${event}/rejects`]);

describe('RICH-28: a failure in', () => {
	test.each(targets)('%s', async (target) => {
		const { server, port, log } = await served(failing, { timeouts: { stop: 100 } });
		const http1 = await new RawClient(port).connected();
		await http1.send(`POST ${target} HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\na`);
		const http2 = await new RawClient(port).connected();
		await http2.send(
			bytes(
				PREFACE,
				settings([4, 1 << 20]),
				windowUpdate(0, 1 << 20),
				SETTINGS_ACK,
				post(1, target),
				data(1, 0, 'x'),
				frame(TYPES.PRIORITY_UPDATE, 0, 0, be32(1), 'u=1'),
				data(1, END_STREAM, 'y'),
			),
		);
		await new Promise((resolve) => setTimeout(resolve, 20));
		await http1.send('b');
		await http2.send(rst(1, 8));
		await new Promise((resolve) => setTimeout(resolve, 20));
		expect(await probe(port)).toMatch(/^HTTP\/1\.1 200 [\s\S]*hello$/);
		http1.destroy();
		http2.destroy();
		await vi.waitFor(() => expect(server.connections).toBe(0), 5000);
		expect(new Set(log.map(({ source }) => source))).toEqual(new Set(['application']));
		// HTTP/1 has no priority event.
		expect(log.length).toBeGreaterThanOrEqual(target.startsWith('/priority') ? 1 : 2);
	});
});
