/** A Python worker, with the test in the place of the server. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { fileURLToPath } from 'node:url';
import { onTestFinished, vi } from 'vitest';
import { FrameReader } from '../../src/wsgi/frame-reader.ts';
import { frameHeader, u32 } from '../../src/wsgi/frames.ts';
import { APPS, PYTHON, WAIT } from './wsgi-site.ts';

const START = fileURLToPath(new URL('../../src/wsgi/python/start.py', import.meta.url));

/** A frame that came. */
export interface Frame {
	readonly type: number;
	readonly flags: number;
	readonly stream: number;
	readonly payload: string;
}

/** One connection of it. */
export class WorkerConnection {
	readonly frames: Frame[] = [];
	readonly socket: Socket;
	broken = '';

	constructor(socket: Socket) {
		this.socket = socket;
		socket.on('error', () => {});
		const add = (type: number, flags: number, stream: number, payload: Uint8Array): void => {
			this.frames.push({ type, flags, stream, payload: Buffer.from(payload).toString('latin1') });
		};
		const reader = new FrameReader({
			frame: add,
			content: (flags, stream, part) => add(0x02, flags, stream, part),
			broken: (message) => {
				this.broken = message;
			},
		});
		socket.on('data', (octets: Buffer) => reader.feed(octets));
	}

	send(type: number, flags: number, stream: number, payload = ''): void {
		this.socket.write(frameHeader(payload.length, type, flags, stream) + payload, 'latin1');
	}

	/** Asks for a path, with more of the environ, and flags. */
	request(stream: number, path: string, more: Readonly<Record<string, string>> = {}, flags = 0): void {
		this.send(0x01, flags, stream, requestPayload(path, more));
	}

	/** Waits for a frame. */
	async until(type: number, stream: number, flags = 0): Promise<Frame> {
		const found = (): Frame | undefined =>
			this.frames.find((each) => each.type === type && each.stream === stream && (each.flags & flags) === flags);
		await vi.waitUntil(() => found() !== undefined, WAIT);
		return found() as Frame;
	}
}

/** The payload of a REQUEST. */
export function requestPayload(path: string, more: Readonly<Record<string, string>> = {}): string {
	const environ = { REQUEST_METHOD: 'GET', SCRIPT_NAME: '', PATH_INFO: path, QUERY_STRING: '', ...more };
	const parts = Object.entries(environ).flat();
	const text = parts.join('\0');
	return `${u32(text.length)}${u32(parts.length)}${text}`;
}

/** A worker, and its connections. */
export interface TestedWorker {
	readonly child: ChildProcess;
	readonly control: WorkerConnection;
	readonly lanes: readonly WorkerConnection[];
	readonly exit: Promise<number | null>;
}

/** Starts one; it ends with the test. */
export async function testedWorker(
	hello: Readonly<Record<string, unknown>> = {},
	env: Readonly<Record<string, string>> = {},
): Promise<TestedWorker> {
	const threads = 2;
	const child = spawn(PYTHON, [START], {
		cwd: APPS,
		env: { ...process.env, PYTHONDONTWRITEBYTECODE: '1', ...env },
		stdio: ['ignore', 'inherit', 'inherit', 'pipe', 'pipe', 'pipe'],
	});
	onTestFinished(() => void child.kill('SIGKILL'));
	const exit = once(child, 'exit').then(([code]) => code as number | null);
	const [, , , control, ...lanes] = child.stdio.map((each) => each as unknown as Socket);
	const worker = {
		child,
		control: new WorkerConnection(control as Socket),
		lanes: lanes.map((lane) => new WorkerConnection(lane)),
		exit,
	};
	const said = { version: 1, app: 'probe', threads, processes: 1, pid: process.pid, ...hello };
	worker.control.send(0x20, 0, 0, JSON.stringify(said));
	return worker;
}
