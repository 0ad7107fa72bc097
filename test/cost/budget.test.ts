/** What a request may cost, by counts that do not depend on how fast the machine is. docs/performance.md states the same. */
import { channel } from 'node:diagnostics_channel';
import { once } from 'node:events';
import { connect as connectHttp2 } from 'node:http2';
import { connect, type Socket } from 'node:net';
import { fileURLToPath } from 'node:url';
import { rich, utf8 } from 'rsgi';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { childRun } from '../support/child-run.ts';
import { served } from '../support/served.ts';

/**
 * Octets that a request may allocate, and the writes it may take. Measured figures are a tenth or two below: who passes
 * the budget has added an object, a closure or a view for each request, and takes it out again or says here why not.
 */
const BUDGET: Readonly<Record<string, { readonly allocated: number; readonly writes: number }>> = {
	'HTTP/1.1': { allocated: 850, writes: 1 },
	'HTTP/1.1, 16 pipelined': { allocated: 880, writes: 1 / 16 },
	'HTTP/1.1, after an await': { allocated: 2600, writes: 1 },
	'HTTP/2, 32 in a read': { allocated: 1400, writes: 1 / 32 },
	'HTTP/2, 32 in a read, after an await': { allocated: 2300, writes: 1 / 32 },
	'bytes layer, HTTP/2, 32 in a read': { allocated: 4300, writes: 1 / 32 },
	'text layer, HTTP/2, 32 in a read': { allocated: 6900, writes: 1 / 32 },
};

const ROOT = new URL('../../', import.meta.url);

describe('the budget of a request', () => {
	it('in allocated octets and writes', async () => {
		const measure = ['--import', './scripts/from-source.ts', 'test/cost/measure.ts'];
		const { ended, output } = await childRun([process.execPath, ...measure], { cwd: fileURLToPath(ROOT) }, 60_000);
		expect(ended, output).toBe(0);
		const measured = JSON.parse(output) as typeof BUDGET;
		expect(Object.keys(measured)).toEqual(Object.keys(BUDGET));
		const passed = Object.entries(measured).filter(([name, { allocated, writes }]) => {
			const budget = BUDGET[name];
			return budget === undefined || allocated > budget.allocated || writes > budget.writes;
		});
		expect(passed, `more than the budget allows; all: ${output}`).toEqual([]);
		// A budget far above what is needed guards nothing.
		for (const [name, { allocated }] of Object.entries(measured)) {
			expect(allocated, `the budget of ${name} is too large`).toBeGreaterThan((BUDGET[name]?.allocated ?? 0) * 0.6);
		}
	}, 90_000);
});

const accepted = channel('net.server.socket');
let watch: ((message: unknown) => void) | null = null;
afterEach(() => {
	if (watch !== null) accepted.unsubscribe(watch);
	watch = null;
	vi.restoreAllMocks();
});

/** Counts calls across to native code on the sockets that are accepted from now on, by method. */
function countCalls(): Map<string, number> {
	const calls = new Map<string, number>();
	watch = (message) => {
		const handle = (message as { socket: Socket & { _handle: Record<string, unknown> } }).socket._handle;
		for (let type = handle; type !== null && type !== Object.prototype; type = Object.getPrototypeOf(type)) {
			for (const name of Object.getOwnPropertyNames(type)) {
				const method = Object.getOwnPropertyDescriptor(type, name)?.value;
				if (typeof method !== 'function' || name === 'constructor' || Object.hasOwn(handle, name)) continue;
				handle[name] = function counted(this: unknown, ...input: unknown[]): unknown {
					calls.set(name, (calls.get(name) ?? 0) + 1);
					return Reflect.apply(method, this, input);
				};
			}
		}
	};
	accepted.subscribe(watch);
	return calls;
}

const hello = rich((exchange) => {
	exchange.respond(200, ['content-type', 'text/plain']);
	exchange.end(utf8('Hello, world!'));
});

describe('calls across to native code', () => {
	it('HTTP/1.1: one write for a request, and one look at the clock', async () => {
		const calls = countCalls();
		const { port } = await served(hello);
		const client = connect(port, '127.0.0.1');
		const ask = async (): Promise<void> => {
			client.write('GET /hello HTTP/1.1\r\nHost: a\r\n\r\n');
			await once(client, 'data');
		};
		await ask();
		calls.clear();
		const clock = vi.spyOn(performance, 'now');
		for (let request = 0; request < 100; request++) await ask();
		expect([...calls]).toEqual([['writeBuffer', 100]]);
		// The sweep of deadlines may come between.
		expect(clock.mock.calls.length).toBeLessThanOrEqual(105);
		client.destroy();
	});

	it('HTTP/1.1: 50 requests in a read take one write', async () => {
		const calls = countCalls();
		const { port } = await served(hello);
		const client = connect(port, '127.0.0.1');
		let answered = 0;
		client.on('data', (bytes: Buffer) => {
			answered += bytes.toString('latin1').split('HTTP/1.1 200').length - 1;
		});
		client.write('GET /hello HTTP/1.1\r\nHost: a\r\n\r\n'.repeat(50));
		await expect.poll(() => answered).toBe(50);
		expect(calls.get('writeBuffer')).toBe(1);
		client.destroy();
	});

	it('HTTP/2: a response of 1 MiB goes out in few writes, without copies', async () => {
		const calls = countCalls();
		const size = 1_048_576;
		const content = new Uint8Array(size);
		const { url } = await served(
			rich((exchange) => {
				exchange.respond(200, []);
				exchange.end(content);
			}),
		);
		const session = connectHttp2(url, { settings: { initialWindowSize: 16 * size } });
		await once(session, 'connect');
		session.setLocalWindowSize(16 * size);
		let received = 0;
		const stream = session.request({ ':path': '/' });
		stream.on('data', (bytes: Buffer) => {
			received += bytes.length;
		});
		await once(stream, 'end');
		expect(received).toBe(size);
		// SETTINGS and their like, and what the window let through before it was widened.
		expect(calls.get('writev')).toBeGreaterThanOrEqual(2);
		expect((calls.get('writev') ?? 0) + (calls.get('writeBuffer') ?? 0)).toBeLessThanOrEqual(12);
		session.close();
	});
});
