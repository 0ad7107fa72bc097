/** spec/middleware.md §4: the access log. */
import { EventEmitter } from 'node:events';
import { Writable } from 'node:stream';
import { type AccessLogOptions, type AccessRecord, accessLog, type LogStream } from 'rsgi/middleware/access-log';
import { describe, expect, test } from 'vitest';
import { type RichApp, rich } from '../../src/rich/app.ts';
import type { ConnectionFacts } from '../../src/rich/connection-facts.ts';
import type { PairRequest } from '../../src/rich/pair.ts';
import { utf8 } from '../../src/wire/utf8.ts';
import { answered } from '../support/answered.ts';
import { recorded } from '../support/recorded-client.ts';
import { settled } from '../support/settled.ts';

const PEER: ConnectionFacts = {
	id: 7,
	peer: { family: 'IPv4', address: '192.0.2.1', port: 1234 },
	local: null,
	tls: null,
};
const BEGAN = Date.UTC(2000, 9, 10, 13, 55, 36);

const hello = rich((exchange) => {
	exchange.respond(200);
	exchange.write(utf8('hello, '));
	exchange.end(utf8('world\n'));
});

/** The clock of a log: half a second more each time. */
function clock(): () => number {
	let now = BEGAN - 500;
	return () => {
		now += 500;
		return now;
	};
}

async function lines(app: RichApp, request: PairRequest, options: Partial<AccessLogOptions> = {}): Promise<string[]> {
	const told: string[] = [];
	const log = accessLog({ to: (line) => told.push(line), now: clock(), ...options });
	await answered(log(app), request, { connection: PEER });
	return told;
}

/** What is known of each exchange. */
function recording(): { log: ReturnType<typeof accessLog>; records: AccessRecord[] } {
	const records: AccessRecord[] = [];
	const format = (record: AccessRecord): null => {
		records.push(record);
		return null;
	};
	return { log: accessLog({ to: () => {}, format, now: clock() }), records };
}

describe('MW-9: an entry for each exchange, when it is over', () => {
	test('also when the application is still under way and listens to nothing', async () => {
		const { log, records } = recording();
		const hanging = rich(() => new Promise<void>(() => {}));
		const client = recorded(log(hanging));
		await settled();
		expect(records).toEqual([]);
		client.client.reset(8);
		await settled();
		expect(records).toMatchObject([{ status: 0, outcome: { reason: 'reset', code: 8 } }]);
	});

	test('and an application that listens late has missed nothing', async () => {
		for (const chunks of [[], ['one', 'two']]) {
			const { log, records } = recording();
			const heard: string[] = [];
			const { promise, resolve } = Promise.withResolvers<void>();
			const late = rich(async (exchange) => {
				await promise;
				exchange.respond(200);
				exchange.end();
				return {
					data: (chunk) => void heard.push(String.fromCharCode(...chunk)),
					end: () => void heard.push('end'),
					closed: ({ reason }) => void heard.push(reason),
				};
			});
			const expecting: PairRequest = { method: 'POST', hasContent: true, fields: ['expect', '100-continue'] };
			const client = recorded(log(late), expecting);
			for (const chunk of chunks) client.client.send(utf8(chunk));
			client.client.end();
			await settled();
			expect(heard).toEqual([]);
			expect(client.credited).toBe(0);
			expect(client.log).toEqual([]);
			resolve();
			await settled();
			expect(heard).toEqual([...chunks, 'end', 'complete']);
			expect(records).toMatchObject([{ status: 200, outcome: { reason: 'complete' } }]);
		}
	});

	const AGENT = ['user-agent', 'curl/8', 'referer', 'http://x/'];

	test('the common form', async () => {
		const told = await lines(hello, { target: '/a?b', fields: AGENT }, { format: 'common' });
		expect(told).toEqual(['192.0.2.1 - - [10/Oct/2000:13:55:36 +0000] "GET /a?b HTTP/2.0" 200 13\n']);
	});

	test('the combined form, which is the default', async () => {
		const told = await lines(hello, { fields: AGENT, httpVersion: '1.1' });
		expect(told).toEqual(['192.0.2.1 - - [10/Oct/2000:13:55:36 +0000] "GET / HTTP/1.1" 200 13 "http://x/" "curl/8"\n']);
		expect((await lines(hello, { method: 'HEAD' }))[0]).toMatch(/"HEAD \/ HTTP\/2.0" 200 - "-" "-"\n$/);
	});

	test('JSON', async () => {
		const [told = ''] = await lines(hello, { fields: [...AGENT, 'x-request-id', 'r1'] }, { format: 'json' });
		expect(JSON.parse(told)).toEqual({
			time: '2000-10-10T13:55:36.000Z',
			id: 'r1',
			peer: '192.0.2.1',
			method: 'GET',
			scheme: 'http',
			authority: 'localhost',
			target: '/',
			protocol: 'HTTP/2.0',
			status: 200,
			bytes: 13,
			duration: 500,
			outcome: 'complete',
			referer: 'http://x/',
			agent: 'curl/8',
			connection: 7,
		});
		expect(told.endsWith('}\n')).toBe(true);
	});

	test('not before it is over', async () => {
		const { log, records } = recording();
		let end: () => void = () => {};
		const app = rich((exchange) => {
			exchange.respond(200);
			exchange.write(utf8('begun'));
			end = () => exchange.end();
		});
		recorded(log(app));
		await settled();
		expect(records).toEqual([]);
		end();
		await settled();
		expect(records).toMatchObject([{ status: 200, bytes: 5, outcome: { reason: 'complete' } }]);
	});

	test('a reset, an abort, and failures before and within the response', async () => {
		const { log, records } = recording();
		const silent = recorded(log(rich(() => {})));
		await settled();
		silent.client.reset(8);
		await answered(
			log(
				rich((exchange) => {
					exchange.respond(200);
					exchange.write(utf8('begun'));
					exchange.abort(2);
					exchange.write(utf8('late'));
				}),
			),
		);
		await answered(
			log(
				rich(() => {
					throw new Error('on purpose');
				}),
			),
		);
		await answered(
			log(
				rich(async (exchange) => {
					exchange.respond(201);
					throw new Error('on purpose');
				}),
			),
		);
		await settled();
		expect(records.map(({ status, bytes, outcome }) => [status, bytes, outcome.reason, outcome.code])).toEqual([
			[0, 0, 'reset', 8],
			[200, 5, 'aborted', 2],
			[500, 0, 'aborted', 2],
			[201, 0, 'aborted', 2],
		]);
	});

	test('pushes and tunnels', async () => {
		const { log, records } = recording();
		await answered(
			log(
				rich((exchange) => {
					exchange.push?.({ target: '/pushed' }, hello);
					exchange.respond(200);
					exchange.end();
				}),
			),
		);
		await answered(
			log(
				rich((exchange) => {
					const tunnel = exchange.accept?.([], {});
					tunnel?.write(utf8('12'));
					tunnel?.end(utf8('345'));
				}),
			),
			{ protocol: 'toy', httpVersion: '1.1' },
		).then((client) => client.client.end());
		await settled();
		expect(records.map(({ exchange, status, bytes }) => [exchange.target, status, bytes])).toEqual(
			expect.arrayContaining([
				['/', 200, 0],
				['/pushed', 200, 13],
				['/', 101, 5],
			]),
		);
		expect(records).toHaveLength(3);
	});
});

describe('MW-10: nothing in a request gets out of its place', () => {
	const NASTY = 'a" 200 1 "-" "x\\\u00e9\u0085\u009b2J';

	test.each(['common', 'combined'] as const)('%s', async (format) => {
		const [told = ''] = await lines(hello, { target: `/${NASTY}`, fields: ['user-agent', NASTY] }, { format });
		expect(told).toMatch(/^[\x20-\x7e]+\n$/);
		const quoted = String.raw`a\" 200 1 \"-\" \"x\\\xe9\x85\x9b2J`;
		expect(told).toContain(`"GET /${quoted} HTTP/2.0"`);
		if (format === 'combined') expect(told.endsWith(` "${quoted}"\n`)).toBe(true);
	});

	test('json', async () => {
		const nasty = `${NASTY}\n\r\u001b[2J\u007f\u2028`;
		const [told = ''] = await lines(hello, { target: nasty, fields: ['user-agent', nasty] }, { format: 'json' });
		// biome-ignore lint/suspicious/noControlCharactersInRegex: that there is none is what is tested.
		expect(told.slice(0, -1)).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u2028]/);
		expect(JSON.parse(told)).toMatchObject({ target: nasty, agent: nasty });
	});
});

describe('MW-11: a log that fails or is slow', () => {
	test.each([
		[
			'throws',
			() => {
				throw new Error('full');
			},
		],
		['rejects', () => Promise.reject(new Error('full'))],
	])('a target that %s', async (_, to) => {
		const failures: unknown[] = [];
		const log = accessLog({ to, failed: (error) => failures.push(error) });
		for (let i = 0; i < 3; i++) expect((await answered(log(hello))).faults).toEqual([]);
		await settled();
		expect(failures).toEqual([new Error('full'), new Error('full'), new Error('full')]);
	});

	test('a format that throws, and who is told throws too', async () => {
		const format = (): string => {
			throw new Error('format');
		};
		const failed = (): void => {
			throw new Error('told');
		};
		const client = await answered(accessLog({ to: () => {}, format, failed })(hello));
		expect(client.faults).toEqual([]);
		expect(client.text).toBe('hello, world\n');
	});

	test('a slow target gets one line at a time, a bounded number waits, and the loss is told', async () => {
		const told: string[] = [];
		const failures: unknown[] = [];
		let go: () => void = () => {};
		const to = (line: string): Promise<void> => {
			told.push(line);
			return new Promise((resolve) => {
				go = resolve;
			});
		};
		let number = 0;
		const log = accessLog({ to, format: () => `${++number}`, waiting: 2, failed: (error) => failures.push(error) });
		for (let i = 0; i < 6; i++) await answered(log(hello));
		expect(told).toEqual(['1\n']);
		for (let i = 0; i < 3; i++) {
			go();
			await settled();
		}
		expect(told).toEqual(['1\n', '2\n', '3\n']);
		expect(failures).toEqual([new Error('The access log was too slow: 3 lines are lost.')]);
		await answered(log(hello));
		expect(told.at(-1)).toBe('7\n');
	});

	test('a stream: false means wait for drain, an error is no end, and a closed one takes no more', async () => {
		const told: string[] = [];
		const failures: unknown[] = [];
		const stream = new EventEmitter();
		Object.assign(stream, { write: (line: string) => told.push(line) !== 1 });
		let number = 0;
		const log = accessLog({
			to: stream as unknown as LogStream,
			format: () => `${++number}`,
			failed: (error) => failures.push(error),
		});
		await answered(log(hello));
		await answered(log(hello));
		expect(told).toEqual(['1\n']);
		stream.emit('drain');
		await settled();
		expect(told).toEqual(['1\n', '2\n']);
		stream.emit('error', new Error('EPIPE'));
		stream.emit('close');
		expect(failures).toEqual([new Error('EPIPE')]);
		await answered(log(hello));
		await answered(log(hello));
		expect(told).toHaveLength(2);
		expect(failures.slice(1)).toEqual([new Error('The access log is closed: this line is lost, and all that come.')]);
	});

	test('a stream that is closed while lines wait: what is lost is told, once', async () => {
		const failures: unknown[] = [];
		const stream = Object.assign(new EventEmitter(), { write: () => false });
		const log = accessLog({ to: stream as unknown as LogStream, waiting: 2, failed: (error) => failures.push(error) });
		for (let i = 0; i < 4; i++) await answered(log(hello));
		stream.emit('close');
		await answered(log(hello));
		expect(failures).toEqual([new Error('The access log is closed: 3 lines are lost, and all that come.')]);
	});

	test('a stream of Node.js', async () => {
		const chunks: string[] = [];
		const stream = new Writable({
			highWaterMark: 1,
			write(chunk, _encoding, done) {
				chunks.push(String(chunk));
				setImmediate(done);
			},
		});
		let number = 0;
		const log = accessLog({ to: stream, format: () => `${++number}` });
		for (let i = 0; i < 5; i++) await answered(log(hello));
		await new Promise((resolve) => setTimeout(resolve, 20));
		expect(chunks.join('')).toBe('1\n2\n3\n4\n5\n');
	});
});
