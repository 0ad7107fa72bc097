/** spec/wsgi-channel.md §4: answers that the host leaves unread, and what must not wait. */
import { Socket } from 'node:net';
import { describe, expect, test, vi } from 'vitest';
import { latin1Bytes } from '../../src/wire/latin1.ts';
import { Flag, FrameType, frameHeader } from '../../src/wsgi/frames.ts';
import { Lane, type LaneCall } from '../../src/wsgi/lane.ts';
import { site, Told, WAIT } from '../support/wsgi-site.ts';
import { testedWorker, type WorkerConnection } from '../support/wsgi-worker.ts';

const { ANSWERS, CONTENT, HEAD, LOADED } = FrameType;
const { EAGER, END, FOLLOWS, FREE, HELD } = Flag;

/** A worker that is ready, and the streams that it has sent ANSWERS for. */
async function worker(): Promise<{ to: WorkerConnection; told: Told; answers: () => number[] }> {
	const told = new Told();
	const { control, lanes } = await testedWorker({}, { TOLD: told.folder });
	await control.until(LOADED, 0);
	const answers = () => control.frames.filter(({ type }) => type === ANSWERS).map(({ stream }) => stream);
	return { to: lanes[0] as WorkerConnection, told, answers };
}

describe('the worker', () => {
	test('CHANNEL-20: says so when it has answered all that it has', async () => {
		const { to, answers } = await worker();
		to.socket.cork();
		to.request(1, '/');
		for (const stream of [2, 3, 4, 5]) to.request(stream, '/', {}, HELD);
		to.socket.uncork();
		await to.until(CONTENT, 5, FREE);
		await vi.waitUntil(() => answers().at(-1) === 5, WAIT);
	});

	test('CHANNEL-20: says nothing where nothing is held', async () => {
		const { to, answers } = await worker();
		for (const stream of [1, 2, 3]) {
			to.request(stream, '/');
			await to.until(CONTENT, stream, FREE);
		}
		to.request(4, '/', {}, HELD);
		await vi.waitUntil(() => answers().length > 0, WAIT);
		expect(answers()).toEqual([4]);
	});

	test('CHANNEL-20: says so before an answer that the connection has no room for', async () => {
		const { to, answers } = await worker();
		to.socket.pause();
		to.request(1, '/echo', { REQUEST_METHOD: 'POST' }, FOLLOWS | EAGER);
		to.send(CONTENT, END, 1, 'x'.repeat(1_000_000));
		await vi.waitUntil(() => answers().length > 0, WAIT);
		expect(answers()).toEqual([1]);
		to.socket.resume();
		await to.until(CONTENT, 1, FREE);
	});

	test.each(['/ticks', '/writes', '/begun_waits'])(
		'CHANNEL-21: what %s begins does not wait for its end',
		async (path) => {
			const { to, told, answers } = await worker();
			to.request(1, path, { QUERY_STRING: path === '/writes' ? 'wait' : '' });
			to.request(2, '/', {}, HELD);
			await to.until(CONTENT, 1);
			await vi.waitUntil(() => answers().length > 0, WAIT);
			expect(answers()).toEqual([1]);
			told.tell('go');
			await to.until(CONTENT, 2, FREE);
			await vi.waitUntil(() => answers().length > 1, WAIT);
			expect(answers()).toEqual([1, 2]);
		},
	);
});

describe('the host', () => {
	/** A call that only counts. */
	class Counted implements LaneCall {
		readonly errors = { write: () => {}, flush: () => {} } as unknown as LaneCall['errors'];
		readonly unanswered = null;
		readonly isPlain = true;
		heads = 0;
		turn(): void {}
		head(): void {
			this.heads++;
		}
		content(): void {}
		end(): void {}
		fail(): void {}
		wanted(): void {}
		lost(): void {}
		told(): boolean {
			return false;
		}
	}

	const owner = { freed: () => {}, broken: () => {}, gone: () => {}, lost: () => {}, fate: '' };

	function answer(stream: number, flags: number = END | FREE): Buffer {
		return Buffer.from(latin1Bytes(`${frameHeader(6, HEAD, flags, stream)}200 OK`));
	}

	/** A lane with three requests that have been written; its socket is not connected. */
	function three(): { lane: Lane; socket: Socket; calls: Counted[] } {
		const socket = new Socket();
		vi.spyOn(socket, 'write').mockReturnValue(true);
		const lane = new Lane(socket, owner, true);
		const calls = [new Counted(), new Counted(), new Counted()];
		for (const [at, call] of calls.entries()) lane.send(call, at + 1, 'a request', null);
		lane.flush();
		return { lane, socket, calls };
	}

	test('CHANNEL-19: leaves the answers unread until it is told', async () => {
		const { lane, socket, calls } = three();
		expect(socket.isPaused()).toBe(true);
		lane.answers(9);
		expect(socket.isPaused()).toBe(true);
		lane.answers(3);
		expect(socket.isPaused()).toBe(false);
		// A part of what is to be read is no reason to leave the rest.
		socket.emit('data', answer(1));
		expect(socket.isPaused()).toBe(false);
		socket.emit('data', Buffer.concat([answer(2), answer(3)]));
		expect(calls.map(({ heads }) => heads)).toEqual([1, 1, 1]);
		expect(lane.size).toBe(0);
	});

	test('CHANNEL-19: what comes behind those that were read is left again', async () => {
		const { lane, socket } = three();
		lane.answers(1);
		socket.emit('data', answer(1));
		expect(socket.isPaused()).toBe(true);
	});

	test('CHANNEL-19: a response that has begun is read to its end, whatever is sent behind it', async () => {
		const { lane, socket } = three();
		lane.answers(1);
		socket.emit('data', answer(1, 0));
		lane.send(new Counted(), 4, 'a request', null);
		lane.flush();
		expect(socket.isPaused()).toBe(false);
		socket.emit('data', Buffer.from(latin1Bytes(`${frameHeader(3, CONTENT, END | FREE, 1)}abc`)));
		expect(socket.isPaused()).toBe(true);
	});

	test('CHANNEL-19: reads in any case when it is told nothing', async () => {
		const { socket } = three();
		await vi.waitUntil(() => !socket.isPaused(), WAIT);
	});
});

/** Requests that are over so soon that others are sent behind them. */
async function warmed(): Promise<Awaited<ReturnType<typeof site>>> {
	const at = await site({ workers: 1, threads: 1 });
	for (let round = 0; round < 20; round++) await Promise.all(Array.from({ length: 20 }, () => at.text('/')));
	return at;
}

test('CHANNEL-20, CHANNEL-21: the first block of a stream is seen while others wait behind it', async () => {
	const { text, told, url } = await warmed();
	const before = Array.from({ length: 15 }, () => text('/'));
	const stream = fetch(`${url}/ticks`);
	const behind = Array.from({ length: 15 }, () => text('/'));
	expect(await Promise.all(before)).toHaveLength(15);
	const reader = ((await stream).body as ReadableStream<Uint8Array>).getReader();
	expect(Buffer.from((await reader.read()).value ?? []).toString()).toBe('tick\n');
	told.tell('go');
	expect(Buffer.from((await reader.read()).value ?? []).toString()).toBe('tock\n');
	expect(new Set(await Promise.all(behind))).toEqual(new Set(['hello\n']));
});

test('CHANNEL-16: what stands behind answers that were not read can escape', async () => {
	const { text } = await site({ workers: 1, threads: 1 }, 'escaping:app');
	for (let round = 0; round < 10; round++) {
		const all = await Promise.all(Array.from({ length: 20 }, (_, at) => text(at % 2 === 0 ? '/topics' : '/counted')));
		expect(new Set(all.filter((_, at) => at % 2 === 1))).toEqual(new Set(['one two']));
	}
});

test('CHANNEL-19: those before one that takes long have their answers', async () => {
	const { text, told, url } = await warmed();
	const before = Array.from({ length: 15 }, () => text('/'));
	const held = fetch(`${url}/waits`);
	expect(new Set(await Promise.all(before))).toEqual(new Set(['hello\n']));
	told.tell('go');
	expect((await held).status).toBe(200);
});
