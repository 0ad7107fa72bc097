/** spec/wsgi-channel.md: the worker's side by frames of the test's own, the host's side by workers that do as they please. */
import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { wsgi } from 'rsgi/wsgi';
import { describe, expect, test, vi } from 'vitest';
import { latin1Bytes } from '../../src/wire/latin1.ts';
import { FrameReader } from '../../src/wsgi/frame-reader.ts';
import { frameHeader } from '../../src/wsgi/frames.ts';
import { folder } from '../support/folder.ts';
import { APPS, PYTHON, site, Told, WAIT } from '../support/wsgi-site.ts';
import { requestPayload, testedWorker, type WorkerConnection } from '../support/wsgi-worker.ts';

const CONTENT = 0x02;
const CANCEL = 0x03;
const HEAD = 0x11;
const DONE = 0x13;
const FAULT = 0x14;
const WINDOW = 0x15;
const LOADED = 0x21;
const FAILED = 0x22;
const LEAVING = 0x24;
const RECALL = 0x25;
const RECALLED = 0x26;
const END = 0x01;
const FREE = 0x02;
const FOLLOWS = 0x08;
const EAGER = 0x10;

/** A lane of a worker that is ready. */
async function lane(env: Readonly<Record<string, string>> = {}): Promise<WorkerConnection> {
	const worker = await testedWorker({}, env);
	await worker.control.until(LOADED, 0);
	return worker.lanes[0] as WorkerConnection;
}

/** The content of a stream so far. */
function contentOf({ frames }: WorkerConnection, stream: number): string {
	return frames
		.filter((frame) => frame.type === CONTENT && frame.stream === stream)
		.map(({ payload }) => payload)
		.join('');
}

describe('CHANNEL-1: frames', () => {
	const octets = latin1Bytes(
		`${frameHeader(3, HEAD, 0, 7)}abc${frameHeader(4, CONTENT, END | FREE, 7)}defg${frameHeader(0, CONTENT, END, 8)}${frameHeader(0, DONE, FREE, 0xfedcba98)}`,
	);

	function read(...parts: Uint8Array[]): string[] {
		const told: string[] = [];
		const tell = (type: number, flags: number, stream: number, payload: Uint8Array): void => {
			told.push(`${type} ${flags} ${stream} ${Buffer.from(payload).toString('latin1')}`);
		};
		const reader = new FrameReader({
			frame: tell,
			content: (flags, stream, part) => tell(CONTENT, flags, stream, part),
			broken: (message) => told.push(message),
		});
		for (const part of parts) reader.feed(part);
		return told;
	}

	const whole = [`${HEAD} 0 7 abc`, `${CONTENT} 3 7 defg`, `${CONTENT} 1 8 `, `${DONE} 2 ${0xfedcba98} `];

	test('whole, and in two pieces', () => {
		expect(read(octets)).toEqual(whole);
		for (let at = 0; at <= octets.length; at++) {
			const told = read(octets.slice(0, at), octets.slice(at));
			// Content comes as it comes; its flags with the last part.
			const joined = told.join('|').replace(/2 0 7 (\w+)\|2 3 7 (\w+)/, '2 3 7 $1$2');
			expect(joined).toBe(whole.join('|'));
		}
	});

	test('octet by octet', () => {
		const told = read(...[...octets].map((octet) => Uint8Array.of(octet)));
		expect(told.filter((each) => !each.startsWith(`${CONTENT} 0`))).toEqual([
			whole[0],
			`${CONTENT} 3 7 g`,
			whole[2],
			whole[3],
		]);
	});

	test('a worker takes them octet by octet, and several in one', async () => {
		const to = await lane();
		const payload = requestPayload('/');
		const both = frameHeader(payload.length, 0x01, 0, 1) + payload + frameHeader(payload.length, 0x01, 0, 2) + payload;
		for (const octet of latin1Bytes(both)) to.socket.write(Uint8Array.of(octet));
		to.socket.write(both, 'latin1');
		await to.until(CONTENT, 2, FREE);
		await vi.waitUntil(() => to.frames.filter(({ type }) => type === CONTENT).length === 4, WAIT);
	});

	test('a frame that no worker sends is refused, whatever its length says', () => {
		expect(read(latin1Bytes(frameHeader(0xffffffff, HEAD, 0, 1)))).toEqual([
			`a frame of type ${HEAD} with 4294967295 octets`,
		]);
	});
});

describe('the beginning', () => {
	test('CHANNEL-2: processes of the application inherit no connection', async () => {
		const to = await lane();
		to.request(1, '/inherited');
		await to.until(CONTENT, 1);
		expect(contentOf(to, 1)).toBe('no sockets');
	});

	test('CHANNEL-3: LOADED, whatever else HELLO says', async () => {
		const { control } = await testedWorker({ later: { a: 1 } });
		expect(JSON.parse((await control.until(LOADED, 0)).payload)).toMatchObject({ version: 1 });
	});

	test('CHANNEL-4: a version that the worker does not know', async () => {
		const { control, exit } = await testedWorker({ version: 2 });
		expect((await control.until(FAILED, 0)).payload).toBe('this worker speaks version 1 of the channel only');
		expect(await exit).toBe(1);
	});

	test('CHANNEL-4: an application that cannot be loaded', async () => {
		const { control, exit } = await testedWorker({ app: 'probe:no_such' });
		expect((await control.until(FAILED, 0)).payload).toContain('probe has no no_such');
		expect(await exit).toBe(1);
	});

	test('CHANNEL-4: a Python that is too old', async () => {
		const python = script(`#!${PYTHON}
import sys
sys.version_info = (3, 8, 1)
exec(open(sys.argv[1]).read().replace('sys.exit(main())', 'main()'))
`);
		await expect(wsgi('probe', { python, chdir: APPS, workers: 1 }).start?.()).rejects.toThrow(
			'Python 3.9 or later is needed',
		);
	});
});

describe('requests', () => {
	test('CHANNEL-5: a number of parts that is another is a FAULT, and the thread goes on', async () => {
		const to = await lane();
		to.request(1, '/environ_of', { HTTP_X: 'a\0b' });
		expect((await to.until(FAULT, 1, FREE)).payload).toContain('holds NUL');
		to.request(2, '/');
		await to.until(CONTENT, 2, FREE);
	});

	test('CHANNEL-6: one after the other, in their order, and FREE with the last frame of each', async () => {
		const told = new Told();
		const to = await lane({ TOLD: told.folder });
		to.request(1, '/blocks');
		to.request(2, '/fails');
		to.request(3, '/');
		await to.until(CONTENT, 3, FREE);
		expect(to.frames.map(({ stream }) => stream)).toEqual([...to.frames.map(({ stream }) => stream)].sort());
		for (const stream of [1, 2, 3]) {
			const frames = to.frames.filter((frame) => frame.stream === stream);
			expect(frames.filter(({ flags }) => (flags & FREE) !== 0)).toEqual([frames.at(-1)]);
		}
		expect(contentOf(to, 1)).toBe('one two three');
	});

	test('CHANNEL-7: the thread asks for content as it is read', async () => {
		const to = await lane();
		to.request(1, '/count', { REQUEST_METHOD: 'POST' }, FOLLOWS);
		const window = await to.until(WINDOW, 1);
		expect(window.payload).toBe('\0\x04\0\0');
		to.send(CONTENT, 0, 1, 'abc');
		to.send(CONTENT, END, 1, 'de');
		await to.until(CONTENT, 1, FREE);
		expect(contentOf(to, 1)).toBe('5');
	});

	test('CHANNEL-7: content that came whole is not asked for', async () => {
		const to = await lane();
		const payload = requestPayload('/echo', { REQUEST_METHOD: 'POST' });
		const request = frameHeader(payload.length, 0x01, FOLLOWS | EAGER, 1) + payload;
		to.socket.write(`${request}${frameHeader(9, CONTENT, END, 1)}all of it`, 'latin1');
		await to.until(CONTENT, 1, FREE);
		expect(contentOf(to, 1)).toBe('all of it');
		expect(to.frames.filter(({ type }) => type === WINDOW)).toEqual([]);
	});

	test('CHANNEL-8: what comes for a stream that is over is passed over', async () => {
		const to = await lane();
		to.request(1, '/unread', { REQUEST_METHOD: 'POST' }, FOLLOWS | EAGER);
		await to.until(CONTENT, 1, FREE);
		to.send(CONTENT, 0, 1, 'late');
		to.send(CONTENT, END, 1, '');
		to.send(CANCEL, 0, 1);
		to.request(2, '/echo', { REQUEST_METHOD: 'POST' }, FOLLOWS | EAGER);
		to.send(CONTENT, END, 2, 'of the second');
		await to.until(CONTENT, 2, FREE);
		expect(contentOf(to, 2)).toBe('of the second');
	});

	test('CHANNEL-10: CANCEL stops the iterable, closes it, and the thread is free', async () => {
		const told = new Told();
		const to = await lane({ TOLD: told.folder });
		to.request(1, '/endless');
		await to.until(CONTENT, 1);
		to.send(CANCEL, 0, 1);
		await to.until(DONE, 1, FREE);
		expect(told.read('closed')).toBe('closed\n');
	});

	test('CHANNEL-10: CANCEL ends a read', async () => {
		const told = new Told();
		const to = await lane({ TOLD: told.folder });
		to.request(1, '/read_gone', { REQUEST_METHOD: 'POST' }, FOLLOWS);
		await to.until(WINDOW, 1);
		to.send(CANCEL, 0, 1);
		await to.until(FAULT, 1, FREE);
		expect(told.read('gone')).toBe('ConnectionResetError');
	});
});

describe('CHANNEL-12: ahead', () => {
	test('a worker gives back what it has not begun, with its content, and nothing else', async () => {
		const told = new Told();
		const worker = await testedWorker({}, { TOLD: told.folder });
		await worker.control.until(LOADED, 0);
		const [to] = worker.lanes as [WorkerConnection];
		to.request(1, '/waits');
		to.request(2, '/echo', { REQUEST_METHOD: 'POST' }, FOLLOWS | EAGER);
		to.send(CONTENT, END, 2, 'abc');
		to.request(3, '/');
		await told.until('waiting');
		worker.control.send(RECALL, 0, 1);
		worker.control.send(RECALL, 0, 2);
		worker.control.send(RECALL, 0, 9);
		await worker.control.until(RECALLED, 2);
		told.tell('go');
		await to.until(CONTENT, 3, FREE);
		expect(worker.control.frames.filter(({ type }) => type === RECALLED).map(({ stream }) => stream)).toEqual([2]);
		expect(to.frames.some(({ stream }) => stream === 2)).toBe(false);
	});

	test('the host asks for them back: none waits behind one that takes long', async () => {
		const { text, told, url } = await site({ workers: 1, threads: 2 });
		// Short ones, so that requests are sent ahead.
		for (let round = 0; round < 20; round++) await Promise.all(Array.from({ length: 20 }, () => text('/')));
		const held = fetch(`${url}/waits`);
		const others = await Promise.all(Array.from({ length: 60 }, () => text('/')));
		expect(new Set(others)).toEqual(new Set(['hello\n']));
		told.tell('go');
		expect((await held).status).toBe(200);
	});
});

test('CHANNEL-13: when a worker ends, what it has not begun is answered by another', async () => {
	const { text, url } = await site({ workers: 1, threads: 1 });
	for (let round = 0; round < 20; round++) await Promise.all(Array.from({ length: 20 }, () => text('/')));
	const statuses = await Promise.all(
		Array.from({ length: 40 }, async (_, at) => (await fetch(url + (at === 10 ? '/crash' : '/'))).status),
	);
	// Where the server was writing at that moment, not all answers could be read: then what stood behind counts as begun.
	const lost = statuses.filter((status) => status === 502).length;
	expect(lost).toBeGreaterThan(0);
	expect(lost).toBeLessThan(20);
	expect(statuses.filter((status) => status === 200)).toHaveLength(40 - lost);
});

describe('the worker as a whole', () => {
	test('CHANNEL-14: LEAVING on SIGTERM, and it goes on', async () => {
		const { child, control, lanes } = await testedWorker();
		await control.until(LOADED, 0);
		child.kill('SIGTERM');
		await control.until(LEAVING, 0);
		lanes[1]?.request(1, '/');
		await lanes[1]?.until(CONTENT, 1, FREE);
	});

	test('CHANNEL-15: it ends with its control connection', async () => {
		const { control, exit } = await testedWorker();
		await control.until(LOADED, 0);
		control.socket.end();
		expect(await exit).toBe(0);
	});

	test('CHANNEL-15: also when the application would not', async () => {
		const { control, lanes, exit } = await testedWorker();
		await control.until(LOADED, 0);
		lanes[0]?.request(1, '/deaf');
		await lanes[0]?.until(CONTENT, 1, FREE);
		control.socket.end();
		expect(await exit).toBe(1);
	});
});

/** An executable file. */
function script(text: string): string {
	const path = join(folder({}), 'python');
	writeFileSync(path, text);
	chmodSync(path, 0o755);
	return path;
}

describe('CHANNEL-9: a worker that does not keep to it', () => {
	const first = `#!${PYTHON}
import socket, struct, sys, os
control = socket.socket(fileno=3)
lane = socket.socket(fileno=4)
def frame(kind, flags, stream, payload=b''):
    return struct.pack('!IBBI', len(payload), kind, flags, stream) + payload
control.recv(65536)
control.sendall(frame(0x21, 0, 0, b'{"version": 1}'))
given = lane.recv(65536)
stream = struct.unpack_from('!IBBI', given)[3]
HEAD = b'200 OK\\0Content-Type\\0text/plain'
`;

	test.each([
		['an unknown type', 'frame(0x7f, 0, stream)', 'a frame of type 127'],
		['a stream whose turn it is not', 'frame(0x11, 0, stream + 1, HEAD)', 'whose turn it is not'],
		['content of such a stream', "frame(0x02, 0, stream + 1, b'abc')", 'whose turn it is not'],
		['a response that goes on when it was over', 'frame(0x11, 3, stream, HEAD) * 2', 'whose turn it is not'],
		['a length beyond all measure', "struct.pack('!IBBI', 2 ** 31, 0x11, 0, stream)", 'with 2147483648 octets'],
	])('%s', async (_what, sent, message) => {
		const python = script(`${first}lane.sendall(${sent})\nlane.recv(1)\nsys.stdin.read()\n`);
		const { url, lines } = await site({ python, threads: 1 });
		const { status } = await fetch(url);
		expect([200, 502]).toContain(status);
		await vi.waitUntil(() => lines.some((line) => line.includes(message)), WAIT);
		expect(lines.find((line) => line.includes(message))).toContain('does not keep to the channel, and is killed');
		await vi.waitUntil(() => lines.some((line) => line.includes('was ended by SIGKILL')), WAIT);
	});

	test('on its control connection', async () => {
		const python = script(`${first}control.sendall(frame(0x11, 0, 0))\nlane.recv(1)\n`);
		const { url, lines } = await site({ python, threads: 1 });
		expect((await fetch(url)).status).toBe(502);
		expect(lines[0]).toContain('a frame of type 17 on its control connection');
	});

	test('a lane that is closed while the process goes on', async () => {
		const python = script(`${first}lane.close()\ncontrol.recv(1)\n`);
		const { url, lines } = await site({ python, threads: 1 });
		expect((await fetch(url)).status).toBe(502);
		// The next waits for the next worker, which does the same.
		expect((await fetch(url)).status).toBe(502);
		await vi.waitUntil(() => lines.some((line) => line.includes('the end of a connection')), WAIT);
	});

	test('a head that cannot be sent is a 500', async () => {
		const python = script(`${first}lane.sendall(frame(0x11, 3, stream, b'999 No'))\nlane.recv(1)\n`);
		const { url } = await site({ python, threads: 1 });
		expect((await fetch(url)).status).toBe(500);
	});
});
