/** spec/rich.md §9: the life of a server, over real sockets. */
import { existsSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
	type Exchange,
	type Handler,
	type Misuse,
	type Outcome,
	type RichApp,
	rich,
	serve,
	type Tunnel,
	utf8,
} from 'rsgi';
import { fetchToRich, nodeToRich } from 'rsgi/adapters';
import { escape } from 'rsgi/escape';
import { fetch as fetchLayer } from 'rsgi/fetch';
import { accessLog } from 'rsgi/middleware/access-log';
import { errorPages } from 'rsgi/middleware/error-pages';
import { node } from 'rsgi/node';
import { validateRich } from 'rsgi/validate';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { succeed } from '../support/command.ts';
import { served } from '../support/served.ts';

const hello = rich((exchange) => {
	exchange.respond(200);
	exchange.end(utf8('hello'));
});

/** Sends text on a new connection and gives all that comes back until it closes, or until `until` has come. */
function talk(port: number, text: string, until?: string): Promise<string> {
	return new Promise((resolve, reject) => {
		const socket = connect(port, '127.0.0.1');
		let received = '';
		socket.on('error', reject);
		socket.on('data', (chunk) => {
			received += chunk.toString('latin1');
			if (until !== undefined && received.includes(until)) {
				socket.destroy();
				resolve(received);
			}
		});
		socket.on('end', () => {
			socket.destroy();
			resolve(received);
		});
		socket.write(text);
	});
}

describe('RICH-3: what serve() takes', () => {
	test.each([
		[() => {}, /not an unmarked function: wrap it, as rich\(/],
		[{ fetch() {} }, /not an object with fetch: wrap it, as fetchToRich\(fetch\(app\)\)/],
		[undefined, /not undefined/],
	])('%o is refused with the fix', async (app, message) => {
		await expect(serve(app as unknown as RichApp)).rejects.toThrow(message);
		await expect(serve(app as unknown as RichApp)).rejects.toMatchObject({ rule: 'RICH-3' } satisfies Partial<Misuse>);
	});
});

describe('RICH-43: start and stop', () => {
	test('start ends before the server listens; stop comes after the last exchange', async () => {
		const log: string[] = [];
		const app = rich(
			(exchange) => {
				log.push('exchange');
				exchange.respond(200);
				exchange.end();
				return { closed: (outcome) => log.push(`closed ${outcome.reason}`) };
			},
			{
				start: async () => {
					await new Promise((resolve) => setTimeout(resolve, 10));
					log.push('started');
				},
				stop: () => void log.push('stopped'),
			},
		);
		const { server, port } = await served(app);
		log.push('listening');
		await talk(port, 'GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n');
		await server.close();
		expect(log).toEqual(['started', 'listening', 'exchange', 'closed complete', 'stopped']);
	});

	test('a failure of start keeps the server from starting', async () => {
		const app = rich(() => {}, { start: () => Promise.reject(new Error('no database')) });
		await expect(serve(app)).rejects.toThrow('no database');
	});

	test('stop runs when the address cannot be listened on', async () => {
		const { port } = await served(hello);
		let stopped = 0;
		const app = rich(() => {}, { stop: () => void stopped++ });
		await expect(serve(app, { port })).rejects.toThrow(
			`Cannot listen on 127.0.0.1:${port}: another process listens there`,
		);
		expect(stopped).toBe(1);
	});

	test('close may be called again, and stop still runs once', async () => {
		let stopped = 0;
		const server = await serve(rich(() => {}, { stop: () => void stopped++ }));
		await Promise.all([server.close(), server.close({ graceful: false }), server[Symbol.asyncDispose]()]);
		expect(stopped).toBe(1);
	});
});

describe('RICH-46: stopping', () => {
	test('HTTP/1.1: the exchange that is open ends, its connection closes, an idle one closes at once', async () => {
		const release = Promise.withResolvers<void>();
		const app = rich(async (exchange) => {
			await release.promise;
			exchange.respond(200);
			exchange.end(utf8('late'));
		});
		const { server, port } = await served(app);
		const idle = connect(port, '127.0.0.1');
		idle.on('error', () => {});
		const idleClosed = new Promise((resolve) => idle.once('close', resolve));
		const answer = talk(port, 'GET / HTTP/1.1\r\nHost: a\r\n\r\n');
		await expect.poll(() => server.connections).toBe(2);
		await new Promise((resolve) => setTimeout(resolve, 20));
		const closed = server.close();
		await idleClosed;
		release.resolve();
		expect(await answer).toMatch(/^HTTP\/1\.1 200 OK\r\n.*connection: close\r\n.*late$/is);
		await closed;
		expect(server.connections).toBe(0);
	});

	test('close({ graceful: false }) ends everything now, with shutdown', async () => {
		const outcome = Promise.withResolvers<Outcome>();
		const app = rich((exchange) => {
			exchange.respond(200);
			exchange.write(utf8('begun'));
			return { closed: (how) => outcome.resolve(how) };
		});
		const { server, port } = await served(app);
		const socket = connect(port, '127.0.0.1');
		onTestFinished(() => void socket.destroy());
		socket.on('error', () => {});
		const begun = new Promise((resolve) => socket.once('data', resolve));
		socket.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
		await begun;
		await server.close({ graceful: false });
		expect(await outcome.promise).toEqual({ reason: 'shutdown', code: 0 });
	});

	test('RICH-53: the handler that there is hears of it, one that comes later too, each once, and not inside the call', async () => {
		const log: string[] = [];
		const late = Promise.withResolvers<void>();
		const app = validateRich(
			rich(async (exchange) => {
				if (exchange.target === '/late') {
					await late.promise;
					return {
						stopping() {
							log.push('late');
							exchange.respond(200);
							exchange.end();
						},
					};
				}
				exchange.respond(200, ['content-length', '2']);
				exchange.write(utf8('o'));
				return {
					stopping() {
						log.push('open');
						exchange.end(utf8('k'));
					},
					closed: ({ reason }) => log.push(reason),
				};
			}),
		);
		const { server, port } = await served(app);
		const open = talk(port, 'GET /open HTTP/1.1\r\nHost: a\r\n\r\n');
		const waiting = talk(port, 'GET /late HTTP/1.1\r\nHost: a\r\n\r\n');
		await expect.poll(() => server.connections).toBe(2);
		await new Promise((resolve) => setTimeout(resolve, 20));
		const closed = server.close();
		log.push('called');
		expect(await open).toMatch(/ok$/);
		late.resolve();
		expect(await waiting).toMatch(/^HTTP\/1\.1 200/);
		await closed;
		expect(log).toEqual(['called', 'open', 'complete', 'late']);
	});

	test.each([['accept'], ['attach']])('RICH-53: a tunnel whose request was told already, by %s', async (way) => {
		const log: string[] = [];
		const asked = Promise.withResolvers<void>();
		const app = rich(
			(exchange) => {
				if (way === 'attach') exchange.attach({ stopping: () => log.push('request') });
				asked.promise.then(() => {
					const tunnel = exchange.accept?.([], {
						stopping() {
							log.push('tunnel');
							tunnel?.end(utf8('bye'));
						},
					});
				});
				return new Promise(() => {});
			},
			{ protocols: ['chat'] },
		);
		const { server, port } = await served(app);
		const answer = talk(port, 'GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: chat\r\n\r\n');
		await expect.poll(() => server.connections).toBe(1);
		await new Promise((resolve) => setTimeout(resolve, 20));
		const closed = server.close();
		if (way === 'attach') await expect.poll(() => log).toEqual(['request']);
		asked.resolve();
		expect(await answer).toMatch(/bye$/);
		await closed;
		expect(log.at(-1)).toBe('tunnel');
	});

	test('RICH-53: middleware and escapes pass it on', async () => {
		const told: string[] = [];
		const ending = (exchange: Exchange): Handler => {
			exchange.respond(200);
			exchange.write(utf8('begun '));
			return {
				stopping() {
					told.push(exchange.target);
					exchange.end(utf8('ended'));
				},
			};
		};
		const app = rich(ending);
		const routes: Record<string, RichApp> = {
			'/log': accessLog({ to: () => {} })(app),
			'/pages': errorPages({})(app),
			'/checked': validateRich(app),
			'/fetch': fetchToRich(fetchLayer((request: Request) => escape(request, app))),
			'/node': nodeToRich(node((request, response) => escape(request, response, app))),
		};
		const { server, port } = await served(rich((exchange) => routes[exchange.target]?.(exchange)));
		const answers = Object.keys(routes).map((target) => talk(port, `GET ${target} HTTP/1.1\r\nHost: a\r\n\r\n`));
		await expect.poll(() => server.connections).toBe(answers.length);
		await new Promise((resolve) => setTimeout(resolve, 50));
		await Promise.all([
			server.close(),
			...answers.map(async (answer) => expect(await answer).toMatch(/ended\r\n0\r\n\r\n$/)),
		]);
		expect(told.sort()).toEqual(Object.keys(routes).sort());
	});

	test('RICH-6: an application that stops its server hears of it when its call has returned', async () => {
		const log: string[] = [];
		const app = rich((exchange) => {
			exchange.attach({ closed: (outcome) => log.push(outcome.reason) });
			const stopped = server.close({ graceful: false });
			log.push('returned');
			return stopped.then(() => undefined);
		});
		const { server, port } = await served(app);
		const socket = connect(port, '127.0.0.1');
		onTestFinished(() => void socket.destroy());
		socket.on('error', () => {});
		socket.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
		await new Promise((resolve) => socket.once('close', resolve));
		expect(log).toEqual(['returned', 'shutdown']);
	});
});

describe('RICH-16: what the server adds', () => {
	test('RFC 9110 §6.6.1: Date is that of the second', async () => {
		vi.useFakeTimers({ toFake: ['Date', 'setTimeout'], now: Date.UTC(2030, 0, 1, 12, 0, 0, 900) });
		onTestFinished(() => void vi.useRealTimers());
		const { port } = await served(hello);
		const dates = [];
		for (const passed of [0, 99, 1, 999, 1, 5000]) {
			vi.advanceTimersByTime(passed);
			const answer = await talk(port, 'GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n');
			dates.push(/^Date: Tue, 01 Jan 2030 (.*) GMT\r$/m.exec(answer)?.[1]);
		}
		expect(dates).toEqual(['12:00:00', '12:00:00', '12:00:01', '12:00:01', '12:00:02', '12:00:07']);
	});

	test('Date and framing come behind the fields of the application, and a Date of its own stays', async () => {
		const app = rich((exchange) => {
			const own = exchange.target === '/own' ? ['Date', 'Thu, 01 Jan 1970 00:00:00 GMT'] : [];
			exchange.respond(200, ['B', '1', 'a', '2', 'B', '3', ...own]);
			exchange.end(utf8('x'));
		});
		const { port } = await served(app);
		const [first, second] = await Promise.all(
			['/', '/own'].map((path) => talk(port, `GET ${path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`)),
		);
		const names = (answer: string | undefined) => [...(answer ?? '').matchAll(/^([\w-]+):/gm)].map((found) => found[1]);
		expect(names(first).slice(0, 3)).toEqual(['B', 'a', 'B']);
		expect(
			names(first)
				.slice(3)
				.map((name) => name?.toLowerCase())
				.sort(),
		).toEqual(['connection', 'content-length', 'date']);
		expect(second).toContain('Date: Thu, 01 Jan 1970 00:00:00 GMT\r\n');
		expect(names(second).filter((name) => name?.toLowerCase() === 'date')).toHaveLength(1);
	});
});

describe('RICH-24: chunks of the application', () => {
	test('what a handler keeps does not change while more comes', async () => {
		const kept: Uint8Array[] = [];
		const app = rich((exchange) => ({
			data: (chunk) => void kept.push(chunk),
			end() {
				exchange.respond(200);
				exchange.end(Buffer.concat(kept));
			},
		}));
		const { url } = await served(app);
		const content = new Uint8Array(2_000_000).map((_, at) => at * 13 + (at >> 9));
		for (const how of ['--http1.1', '--http2-prior-knowledge']) {
			kept.length = 0;
			await succeed('curl', ['-sS', how, '--data-binary', '@-', '-o', '/dev/null', url], content);
			expect(Buffer.compare(Buffer.concat(kept), content)).toBe(0);
		}
	});
});

describe('RICH-30: an Upgrade with content', () => {
	test('is accepted once the content, held and then discarded, has ended', async () => {
		const app = rich(async (exchange) => {
			// Content comes while nobody wants it, so it is held.
			await new Promise((resolve) => setTimeout(resolve, 20));
			exchange.discard();
			await new Promise((resolve) => setTimeout(resolve, 20));
			const tunnel: Tunnel | undefined = exchange.accept?.([], { data: (chunk) => void tunnel?.write(chunk) });
		});
		const { port } = await served(app);
		const head = 'POST / HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: echo\r\nContent-Length: 7\r\n\r\n';
		const answer = await talk(port, `${head}contentthrough`, 'through');
		expect(answer).toMatch(/^HTTP\/1\.1 101 .*\r\n\r\nthrough$/s);
	});
});

describe('RICH-33: a tunnel that is refused', () => {
	test('bytes behind CONNECT are never taken for a request', async () => {
		const seen: string[] = [];
		const app = rich((exchange) => {
			seen.push(exchange.method);
			exchange.respond(403);
			exchange.end();
		});
		const { port } = await served(app);
		const answer = await talk(
			port,
			'CONNECT a:1 HTTP/1.1\r\nHost: a:1\r\n\r\nGET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n',
		);
		expect(answer.match(/HTTP\/1\.1/g)).toHaveLength(1);
		expect(seen).toEqual(['CONNECT']);
	});
});

describe('RICH-19, RICH-28: what is cut off is seen as cut off', () => {
	const cut = rich((exchange) => {
		if (exchange.protocol !== null) {
			const tunnel = exchange.accept?.([], {});
			tunnel?.write(utf8('begun'));
			setTimeout(() => tunnel?.abort(), 20);
			return;
		}
		exchange.respond(200);
		exchange.write(utf8('begun'));
		setTimeout(() => exchange.abort(), 20);
	});

	test('a response of HTTP/1.0 that only the connection delimits', async () => {
		const { port } = await served(cut);
		await expect(talk(port, 'GET / HTTP/1.0\r\n\r\n')).rejects.toThrow('ECONNRESET');
	});

	test('a tunnel', async () => {
		const { port } = await served(cut);
		const head = 'GET / HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: echo\r\n\r\n';
		await expect(talk(port, head)).rejects.toThrow('ECONNRESET');
	});
});

describe('listening', () => {
	function socketPath(): string {
		const folder = mkdtempSync(join(tmpdir(), 'rsgi-'));
		onTestFinished(() => rmSync(folder, { recursive: true }));
		return join(folder, 'socket');
	}

	test('RICH-45: a Unix socket, with its facts', async () => {
		const path = socketPath();
		const app = rich((exchange) => {
			exchange.respond(200);
			exchange.end(
				utf8(JSON.stringify([exchange.connection.local, exchange.connection.peer, exchange.connection.tls])),
			);
		});
		const { server } = await served(app, { unix: path });
		expect(server.url).toBe(`unix:${path}`);
		const facts = [{ family: 'unix', path }, { family: 'unix', path: '' }, null];
		for (const how of ['--http1.1', '--http2-prior-knowledge']) {
			expect(JSON.parse(await succeed('curl', ['-sS', how, '--unix-socket', path, 'http://a/']))).toEqual(facts);
		}
		await server.close();
		expect(existsSync(path)).toBe(false);
	});

	test('a Unix socket that a dead process left is replaced, a living one is not', async () => {
		const path = socketPath();
		await succeed('python3', ['-c', `import socket; socket.socket(socket.AF_UNIX).bind(${JSON.stringify(path)})`]);
		expect(statSync(path).isSocket()).toBe(true);
		await served(hello, { unix: path });
		expect(await succeed('curl', ['-sS', '--unix-socket', path, 'http://a/'])).toBe('hello');
		await expect(serve(hello, { unix: path })).rejects.toThrow(/another process listens there/);
	});

	test.each([
		[{ port: 70_000 }, /The option port of serve\(\) is a number from 0 to 65535, not 70000/],
		[{ port: '80' as never }, /not "80"/],
		[8000 as never, /The options of serve\(\) are an object, as \{ port: 8000 \}, not 8000/],
		[{ prot: 1 } as never, /serve\(\) has no option prot; there are: port, host/],
		[{ tls: true as never }, /tls of serve\(\) is an object with cert and key, both PEM.*not true/],
		[{ tls: { cert: 'x' } as never }, /with cert and key, both PEM.*not an object with cert\./],
		[{ host: 5 as never }, /host of serve\(\) is a text, not 5/],
		[{ log: console as never }, /log of serve\(\) is a function/],
		[{ handshakeTimeout: -1 }, /handshakeTimeout of serve\(\) is a number of milliseconds above 0, not -1/],
		[{ port: 1, unix: '/x' }, /`unix`, or on `port` and `host`/],
		[{ host: 'no.such.host.invalid' }, /there is no such host name/],
		[{ versions: '3' as '2' }, /versions of serve\(\) is 'both', '1\.1' or '2', not "3"/],
		[{ timeouts: { idel: 1 } as never }, /There is no setting timeouts\.idel; there are: silence, head/],
		[{ http1: { headSize: -1 } }, /http1\.headSize is a number that is not negative/],
		[{ output: { high: 10, hard: 5 } }, /output\.high \(10\) is above output\.hard \(5\)/],
		[{ tls: { cert: 'nonsense', key: 'nonsense' } }, /The certificate or key of tls cannot be used/],
	])('%o is refused with the fix', async (options, message) => {
		await expect(serve(hello, options)).rejects.toThrow(message);
	});

	test('versions: one alone', async () => {
		const one = await served(hello, { versions: '1.1' });
		expect(await talk(one.port, 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n')).toMatch(/^HTTP\/1\.1 (400|505)/);
		const two = await served(hello, { versions: '2' });
		expect(await talk(two.port, 'GET / HTTP/1.1\r\nHost: a\r\n\r\n')).not.toContain('HTTP/1.1 200');
		expect(await succeed('curl', ['-sS', '--http2-prior-knowledge', two.url])).toBe('hello');
	});
});

describe('deadlines of a connection', () => {
	const QUICK = { silence: 100, head: 100, content: 100, idle: 100, stall: 200, settings: 100 };

	test('silence: a connection that says nothing is closed', async () => {
		const { port } = await served(hello, { timeouts: QUICK });
		expect(await talk(port, '')).toBe('');
	});

	test('head: one that stops within a head is answered 408', async () => {
		const { port } = await served(hello, { timeouts: QUICK });
		expect(await talk(port, 'GET / HTTP/1.1\r\nHo')).toMatch(/^HTTP\/1\.1 408/);
	});

	test('content: one that stops within content is answered 408, and the application is told', async () => {
		const outcome = Promise.withResolvers<Outcome>();
		const app = rich(() => ({ data() {}, closed: (how) => outcome.resolve(how) }));
		const { port } = await served(app, { timeouts: QUICK });
		expect(await talk(port, 'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nabc')).toMatch(/^HTTP\/1\.1 408/);
		expect(await outcome.promise).toEqual({ reason: 'timeout', code: 0 });
	});

	test('idle: a connection between requests is closed', async () => {
		const { port } = await served(hello, { timeouts: QUICK });
		expect(await talk(port, 'GET / HTTP/1.1\r\nHost: a\r\n\r\n')).toMatch(/hello$/);
	});

	test('settings: an HTTP/2 client that does not acknowledge is told SETTINGS_TIMEOUT', async () => {
		const { port } = await served(hello, { timeouts: { ...QUICK, idle: 5000 } });
		const answer = await talk(port, 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0');
		// GOAWAY on stream 0: after the last stream id comes the code, 4.
		const goaway = answer.indexOf('\x07\0\0\0\0\0');
		expect(goaway).toBeGreaterThan(0);
		expect(answer.slice(goaway + 10, goaway + 14)).toBe('\0\0\0\x04');
	});

	// A deadline that leaves a busy machine time to read what came: a close with octets unread is a reset.
	test('a preface that stops half-way is silence', async () => {
		const { port } = await served(hello, { timeouts: { ...QUICK, silence: 1000 } });
		expect(await talk(port, 'PRI * HTTP/2')).toBe('');
	});
});
