/** A lane, and what a worker sends over it. */
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { expect, onTestFinished, test, vi } from 'vitest';
import { FrameType, frameHeader } from '../../src/wsgi/frames.ts';
import { Lane, type LaneCall } from '../../src/wsgi/lane.ts';
import { WAIT } from '../support/wsgi-site.ts';

const FREE_AND_END = 3;

/** Both ends of a connection; the first is not read. */
async function ends(): Promise<[Socket, Socket]> {
	const server = createServer({ pauseOnConnect: true }).listen(0, '127.0.0.1');
	const connected = new Promise<Socket>((resolve) => server.once('connection', resolve));
	await new Promise((resolve) => server.once('listening', resolve));
	const far = connect((server.address() as AddressInfo).port, '127.0.0.1');
	const near = await connected;
	onTestFinished(() => {
		near.destroy();
		far.destroy();
		server.close();
	});
	return [near, far];
}

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

test('WSGI-15: a lane that waited for a reader is read on when the response has ended', async () => {
	const [near, far] = await ends();
	let free = 0;
	const owner = { freed: () => void free++, broken: () => {}, gone: () => {}, lost: () => {}, fate: '' };
	const content = Buffer.alloc(100 * 1024);
	// All of it is there before any is read, so that it is read at once, and told in pieces.
	const sent = [
		Buffer.from(`${frameHeader(6, FrameType.HEAD, 0, 1)}200 OK`, 'latin1'),
		Buffer.from(frameHeader(content.length, FrameType.CONTENT, FREE_AND_END, 1), 'latin1'),
		content,
	];
	await new Promise((resolve) => far.write(Buffer.concat(sent), resolve));
	const lane = new Lane(near, owner);
	const [first, second] = [new Waiting(), new Waiting()];
	lane.send(first, 1, '', null);
	await vi.waitUntil(() => free === 1, WAIT);
	expect(first.ended).toBe(true);
	lane.send(second, 2, '', null);
	far.write(Buffer.from(`${frameHeader(6, FrameType.HEAD, FREE_AND_END, 2)}200 OK`, 'latin1'));
	await vi.waitUntil(() => second.ended, WAIT);
});
