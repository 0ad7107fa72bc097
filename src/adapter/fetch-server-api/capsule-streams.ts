/** The bytes of a tunnel as capsules, and the datagrams among them (RFC 9297). */
import { protocolError } from '../../layer/fetch-server/protocol-error.ts';
import type { Capsule, CapsuleStream, DatagramStream } from '../../layer/fetch-server/tunnel.ts';
import { described } from '../../rich/described.ts';
import { CapsuleReader, capsuleBytes, DATAGRAM } from '../../wire/capsule.ts';
import type { TunnelEnd } from './tunnel-end.ts';

/** A capsule of more data than this ends the tunnel, and a datagram of more is dropped: what is not whole has to be kept. */
const DATA_MAX = 1024 * 1024;
/** Datagrams that wait for a reader. Those that come then are dropped, as datagrams may be. */
const DATAGRAMS_MAX = 64;
/** Capsules that wait for a reader while datagrams are being read: then the datagrams wait too. */
const CAPSULES_MAX = 64;

/** One of the two streams that are read. */
class Outlet<T> {
	readonly stream: ReadableStream<T>;
	/** Somebody waits for something. */
	get wanted(): boolean {
		return this.#pulled !== null;
	}
	#controller!: ReadableStreamDefaultController<T>;
	#pulled: (() => void) | null = null;
	#over = false;

	constructor(pull: () => void, cancelled: (reason: unknown) => void) {
		this.stream = new ReadableStream<T>(
			{
				start: (controller) => {
					this.#controller = controller;
				},
				pull: () =>
					new Promise<void>((resolve) => {
						this.#pulled = resolve;
						pull();
					}),
				cancel: (reason: unknown) => {
					this.#over = true;
					this.#answer();
					cancelled(reason);
				},
			},
			{ highWaterMark: 0 },
		);
	}

	/** How many wait to be read. */
	get queued(): number {
		return -(this.#controller.desiredSize ?? 0);
	}

	give(value: T): void {
		if (this.#over) return;
		this.#controller.enqueue(value);
		this.#answer();
	}

	close(): void {
		if (this.#over) return;
		this.#over = true;
		this.#controller.close();
		this.#answer();
	}

	fail(error: unknown): void {
		this.#over = true;
		this.#controller.error(error);
		this.#answer();
	}

	#answer(): void {
		this.#pulled?.();
		this.#pulled = null;
	}
}

export class CapsuleStreams {
	readonly #end: TunnelEnd;
	readonly #reader: ReadableStreamDefaultReader<Uint8Array>;
	readonly #wire: CapsuleReader;
	#capsules: Outlet<Capsule> | null = null;
	#capsuleWritable: WritableStreamDefaultController | null = null;
	#datagrams: Outlet<Uint8Array> | null = null;
	#datagramWritable: {
		readonly stream: WritableStream<Uint8Array>;
		controller: WritableStreamDefaultController;
	} | null = null;
	#pumping = false;
	#over = false;

	constructor(end: TunnelEnd) {
		this.#end = end;
		this.#reader = end.readable.getReader();
		this.#wire = new CapsuleReader((type, length) => this.#wants(type, length));
		end.broken = (error) => this.#broken(error);
	}

	/** @throws InvalidStateError the second time */
	capsules(): CapsuleStream {
		if (this.#capsules !== null) {
			throw new DOMException(
				'capsules() was called before: its streams are the only ones. (FSA-46)',
				'InvalidStateError',
			);
		}
		this.#capsules = new Outlet<Capsule>(
			() => void this.#pump(),
			(reason) => this.#end.destroy(reason),
		);
		const writable = new WritableStream<Capsule>({
			start: (controller) => {
				this.#capsuleWritable = controller;
				controller.signal.addEventListener('abort', () => this.#end.destroy(controller.signal.reason));
			},
			write: (capsule) => this.#end.write(capsuleOf(capsule)),
			close: () => this.#end.end(),
			abort: (reason) => this.#end.destroy(reason),
		});
		return { readable: this.#capsules.stream, writable };
	}

	datagrams(): DatagramStream {
		// Nothing that is done to datagrams ends the tunnel.
		this.#datagrams ??= new Outlet<Uint8Array>(
			() => void this.#pump(),
			() => {},
		);
		if (this.#datagramWritable === null) {
			let control!: WritableStreamDefaultController;
			const stream = new WritableStream<Uint8Array>({
				start(controller) {
					control = controller;
				},
				write: (data) => this.#end.write(capsuleBytes(DATAGRAM, requireBytes(data, 'A datagram'))),
			});
			this.#datagramWritable = { stream, controller: control };
		}
		return { readable: this.#datagrams.stream, writable: this.#datagramWritable.stream, unreliable: false };
	}

	/** What is worth to be kept until it is whole. */
	#wants(type: number, length: number): boolean {
		if (type === DATAGRAM && this.#datagrams !== null) return length <= DATA_MAX;
		if (this.#capsules === null) return false;
		if (length <= DATA_MAX) return true;
		throw protocolError('ERR_HTTP_CONNECT_ERROR', `A capsule of ${length} bytes came; ${DATA_MAX} are taken. (FSA-47)`);
	}

	get #wanted(): boolean {
		if (this.#over) return false;
		const capsules = this.#capsules;
		if (capsules?.wanted === true) return true;
		return this.#datagrams?.wanted === true && (capsules === null || capsules.queued < CAPSULES_MAX);
	}

	/** Reads while somebody waits for something. */
	async #pump(): Promise<void> {
		if (this.#pumping) return;
		this.#pumping = true;
		try {
			while (this.#wanted) {
				const capsule = this.#wire.next();
				if (capsule !== null) {
					this.#route(capsule);
					continue;
				}
				const { done, value } = await this.#reader.read();
				if (!done) this.#wire.push(value);
				else if (this.#wire.whole) this.#close();
				else throw protocolError('ERR_HTTP_CONNECT_ERROR', 'The client ended the tunnel within a capsule. (FSA-47)');
			}
		} catch (error) {
			this.#end.destroy(error);
			// Of a tunnel that has ended well the last bytes may still be wrong.
			this.#broken(error);
		}
		this.#pumping = false;
	}

	#route(capsule: Capsule): void {
		const { type, data } = capsule;
		if (type === DATAGRAM && this.#datagrams !== null) {
			if (this.#datagrams.queued < DATAGRAMS_MAX) this.#datagrams.give(data);
		} else {
			this.#capsules?.give(capsule);
		}
	}

	/** The client sends nothing more. */
	#close(): void {
		this.#over = true;
		this.#capsules?.close();
		this.#datagrams?.close();
	}

	#broken(error: unknown): void {
		if (this.#over) return;
		this.#over = true;
		this.#capsules?.fail(error);
		this.#datagrams?.fail(error);
		this.#capsuleWritable?.error(error);
		this.#datagramWritable?.controller.error(error);
	}
}

function capsuleOf(given: unknown): Uint8Array {
	const { type, data } = (given ?? {}) as Partial<Capsule>;
	if (typeof type !== 'number' || !Number.isSafeInteger(type) || type < 0) {
		throw new TypeError('A capsule is { type, data }, its type an integer of 0 to 2^53-1. (FSA-47)');
	}
	return capsuleBytes(type, requireBytes(data, 'The data of a capsule'));
}

function requireBytes(data: unknown, what: string): Uint8Array {
	if (data instanceof Uint8Array) return data;
	throw new TypeError(`${what} is a Uint8Array, not ${described(data)}. (FSA-47)`);
}
