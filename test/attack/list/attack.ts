/** What an attack is, and the connections that attacks are made of. */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { setTimeout as after } from 'node:timers/promises';
import type { Ports } from '../driver/victim-process.ts';

/** Notes how a connection of the attack ended. */
export type Tell = (outcome: string) => void;

/** An attack: bounded in count by what it sends, and in time by the deadlines of the server and its own patience. */
export interface Attack {
	readonly name: string;
	/** What it is known as, and the rule that the answer follows. */
	readonly rule: string;
	/** Every outcome that our server may cause; each connection must have one of them. */
	readonly allowed: readonly string[];
	run(ports: Ports, tell: Tell): Promise<void>;
}

/** Connections that attack side by side. */
export const CONNECTIONS = 10;
/** How long a connection waits for its end, in milliseconds: longer than any deadline of a server under attack. */
export const PATIENCE = 8000;
export const STILL_OPEN = 'still open';

/** A TCP connection that an attacker writes anything to. */
export class Foe {
	readonly socket: Socket;
	/** The other side has ended, or everything has. */
	isOver = false;
	/** The first octets that came, latin-1: enough for the heads of a response. */
	first = '';
	octets = 0;
	readonly over: Promise<void>;

	/** @param reads false: nothing is ever read */
	constructor(port: number, reads: boolean = true) {
		this.socket = connect({ port, host: '127.0.0.1', noDelay: true, allowHalfOpen: true });
		this.socket.on('error', () => {});
		this.over = new Promise((resolve) => {
			const done = (): void => {
				this.isOver = true;
				resolve();
			};
			this.socket.on('end', done);
			this.socket.on('close', done);
		});
		if (reads) this.socket.on('data', (chunk: Buffer) => this.take(chunk));
	}

	protected take(chunk: Buffer): void {
		this.octets += chunk.length;
		if (this.first.length < 1000) this.first += chunk.toString('latin1', 0, 1000);
	}

	async connected(): Promise<this> {
		if (this.socket.connecting) await Promise.race([once(this.socket, 'connect').catch(() => {}), this.over]);
		return this;
	}

	/** Sends, and waits until the octets have left this process, or nobody takes them for `patience` milliseconds. */
	async send(octets: Uint8Array | string, patience: number = PATIENCE): Promise<void> {
		if (this.isOver || this.socket.destroyed) return;
		const gone = new Promise<void>((resolve) => {
			this.socket.write(octets, 'latin1', () => resolve());
		});
		await Promise.race([gone, this.over, after(patience, undefined, { ref: false })]);
	}

	/** Waits until the server has closed, for so long as it may take. */
	async ended(patience: number = PATIENCE): Promise<boolean> {
		await Promise.race([this.over, after(patience, undefined, { ref: false })]);
		return this.isOver;
	}

	leave(): void {
		this.socket.destroy();
	}
}

/** Runs the same on several connections at once. */
export async function each(count: number, one: (index: number) => Promise<void>): Promise<void> {
	await Promise.all(Array.from({ length: count }, (_, index) => one(index)));
}
