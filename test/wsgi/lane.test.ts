/** A lane, and what a worker sends over it. */
import { Socket } from 'node:net';
import { expect, test } from 'vitest';
import { FrameType, frameHeader } from '../../src/wsgi/frames.ts';
import { Lane, type LaneCall } from '../../src/wsgi/lane.ts';

const FREE_AND_END = 3;

/** A call whose response waits for its reader. */
class Waiting implements LaneCall {
	readonly errors = { write: () => {}, flush: () => {} } as unknown as LaneCall['errors'];
	readonly unanswered = null;
	readonly isPlain = true;
	size = 0;
	ended = false;
	turn(): void {}
	head(): void {}
	content(part: Uint8Array): void {
		this.size += part.length;
	}
	end(): void {
		this.ended = true;
	}
	fail(): void {}
	wanted(): void {}
	lost(): void {}
	told(): boolean {
		return this.size > 0 && !this.ended;
	}
}

test('WSGI-15: a lane that waited for a reader is read on when the response has ended', () => {
	// It is not connected: what it reads comes by events, and one may come behind a pause, as the pieces of a long read do.
	const socket = new Socket();
	let free = 0;
	const owner = {
		freed: () => void free++,
		broken: () => {},
		gone: () => {},
		lost: () => {},
		fate: '',
	};
	const content = Buffer.alloc(100 * 1024);
	const sent = Buffer.concat([
		Buffer.from(`${frameHeader(6, FrameType.HEAD, 0, 1)}200 OK`, 'latin1'),
		Buffer.from(frameHeader(content.length, FrameType.CONTENT, FREE_AND_END, 1), 'latin1'),
		content,
	]);
	const lane = new Lane(socket, owner, true);
	const [first, second] = [new Waiting(), new Waiting()];
	lane.send(first, 1, '', null);
	socket.emit('data', sent.subarray(0, 64 * 1024));
	expect(socket.isPaused()).toBe(true);
	socket.emit('data', sent.subarray(64 * 1024));
	expect([free, first.ended]).toEqual([1, true]);
	expect(socket.isPaused()).toBe(false);
	lane.send(second, 2, '', null);
	socket.emit('data', Buffer.from(`${frameHeader(6, FrameType.HEAD, FREE_AND_END, 2)}200 OK`, 'latin1'));
	expect(second.ended).toBe(true);
});
