/** Peers that ask and do not read, over real sockets: what they may hold is bounded, and not for long. */
import { type OutcomeReason, type RichApp, rich, utf8 } from 'rsgi';
import { describe, expect, test, vi } from 'vitest';
import { bytes, get, PREFACE, SETTINGS_ACK, settings, windowUpdate } from '../support/http2-frames.ts';
import { probe, RawClient } from '../support/raw-client.ts';
import { served } from '../support/served.ts';

/** Writes without end, as `write` allows; counts what was accepted while it waited. */
function endless(): { app: RichApp; written: () => number; begun: () => number; reasons: OutcomeReason[] } {
	const reasons: OutcomeReason[] = [];
	let written = 0;
	let begun = 0;
	const app = rich((exchange) => {
		exchange.respond(200);
		if (exchange.target === '/hello') {
			exchange.end(utf8('hello'));
			return;
		}
		begun++;
		const chunk = new Uint8Array(16384);
		const pump = (): void => {
			do written += chunk.length;
			while (exchange.write(chunk) && exchange.outcome === null);
		};
		pump();
		return { drain: pump, closed: ({ reason }) => void reasons.push(reason) };
	});
	return { app, written: () => written, begun: () => begun, reasons };
}

const QUICK = { stall: 300, stop: 100 };

describe('a peer that does not read', () => {
	test('HTTP/2: 128 streams with windows of 0 hold one high mark each, and time out', async () => {
		const { app, written, reasons } = endless();
		const { port } = await served(app, { timeouts: QUICK });
		const client = await new RawClient(port).connected();
		const requests = Array.from({ length: 128 }, (_, index) => get(1 + index * 2));
		await client.send(bytes(PREFACE, settings([4, 0]), SETTINGS_ACK, ...requests));
		await vi.waitFor(() => expect(reasons).toHaveLength(128), 5000);
		expect(new Set(reasons)).toEqual(new Set(['timeout']));
		expect(written()).toBeLessThanOrEqual(128 * (65536 + 16384));
		expect(await probe(port)).toMatch(/hello$/);
		client.destroy();
	});

	test('HTTP/2: windows as wide as can be, and a socket that is never read', async () => {
		const { app, written, reasons } = endless();
		const { server, port } = await served(app, { timeouts: QUICK });
		const client = await new RawClient(port, false).connected();
		const requests = Array.from({ length: 128 }, (_, index) => get(1 + index * 2));
		await client.send(
			bytes(PREFACE, settings([4, 0x7fffffff]), SETTINGS_ACK, windowUpdate(0, 0x7fff0000), ...requests),
		);
		await vi.waitFor(() => expect(reasons).toHaveLength(128), 5000);
		expect(reasons.every((reason) => reason === 'timeout' || reason === 'lost')).toBe(true);
		// The system's socket buffers take some too.
		expect(written()).toBeLessThan(64 * 1024 * 1024);
		expect(await probe(port)).toMatch(/hello$/);
		await vi.waitFor(() => expect(server.connections).toBe(0), 5000);
		client.destroy();
	});

	test('HTTP/1.1: pipelined requests are not begun behind responses that wait', async () => {
		const { app, begun, reasons } = endless();
		const { server, port } = await served(app, { timeouts: QUICK });
		const client = await new RawClient(port, false).connected();
		void client.send('GET /endless HTTP/1.1\r\nHost: a\r\n\r\n'.repeat(20_000));
		await vi.waitFor(() => expect(reasons).toEqual(['timeout']), 5000);
		expect(begun()).toBe(1);
		expect(await probe(port)).toMatch(/hello$/);
		await vi.waitFor(() => expect(server.connections).toBe(0), 5000);
		client.destroy();
	});
});
