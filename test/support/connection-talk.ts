/** A connection with its engine, over a transport in memory that does only what a test says. */
import { Connection, type ConnectionServer, type ProtocolChoice } from '../../src/connection/connection.ts';
import { MEMORY, MemoryBudget } from '../../src/connection/memory-budget.ts';
import {
	type ConnectionSettings,
	type ConnectionSettingsInit,
	connectionSettings,
} from '../../src/connection/settings.ts';
import type { Transport } from '../../src/connection/transport.ts';
import type { RichApp } from '../../src/rich/app.ts';
import type { LiveExchange } from '../../src/rich/live-exchange.ts';
import { latin1Bytes, latin1Decode } from '../../src/wire/latin1.ts';
import { lend } from './lent-bytes.ts';

/** Keeps what is written, and how the transport was closed. */
class MemoryTransport implements Transport {
	/** Everything written, as latin-1. */
	written = '';
	/** `end`, `destroy` and `reset`, in order. */
	readonly closes: string[] = [];
	reading = true;
	/** Bytes are taken, but do not leave. */
	stuck = false;
	/** What `write` throws, as no transport should. */
	failure: Error | null = null;
	waiting = 0;
	takesPieces = false;
	/** What was written in pieces and has not left, so that a test sees whether it is changed meanwhile. */
	lent: Uint8Array[] = [];

	writePieces(pieces: readonly Uint8Array[]): boolean {
		if (!this.stuck) for (const piece of pieces) this.write(piece);
		else {
			this.lent.push(...pieces);
			for (const piece of pieces) this.waiting += piece.length;
		}
		return !this.stuck;
	}

	/** Everything leaves that was stuck. */
	unstick(): void {
		this.stuck = false;
		for (const piece of this.lent) this.written += latin1Decode(piece, 0, piece.length);
		this.lent = [];
		this.waiting = 0;
	}

	write(bytes: Uint8Array): boolean {
		if (this.failure !== null) throw this.failure;
		this.written += latin1Decode(bytes, 0, bytes.length);
		if (this.stuck) this.waiting += bytes.length;
		return !this.stuck;
	}

	end(): void {
		this.closes.push('end');
	}

	destroy(): void {
		this.closes.push('destroy');
	}

	reset(): void {
		this.closes.push('reset');
	}

	read(wanted: boolean): void {
		this.reading = wanted;
	}
}

/** One connection of a server that is not there. */
export class ConnectionTalk implements ConnectionServer {
	readonly app: RichApp;
	readonly settings: ConnectionSettings;
	readonly memory: MemoryBudget = new MemoryBudget(MEMORY, () => {});
	readonly transport: MemoryTransport = new MemoryTransport();
	readonly connection: Connection;
	/** What applications threw, and what we failed in. */
	readonly errors: unknown[] = [];
	clock = 1000;

	constructor(app: RichApp, protocol: ProtocolChoice = 'detect', settings: ConnectionSettingsInit = {}) {
		this.app = app;
		this.settings = connectionSettings(settings);
		const facts = { id: 1, peer: null, local: null, tls: null };
		this.connection = new Connection(this, this.transport, facts, protocol);
	}

	feed(text: string): void {
		lend(latin1Bytes(text), (bytes) => this.connection.receive(bytes));
	}

	run(exchange: LiveExchange): void {
		exchange.run(this.app);
	}

	now(): number {
		return this.clock;
	}

	date(): string {
		return 'Sun, 06 Nov 1994 08:49:37 GMT';
	}

	schedule(connection: Connection): void {
		setImmediate(() => connection.turn());
	}

	applicationFault(error: unknown): void {
		this.errors.push(error);
	}

	peerFault(): void {}

	internalFault(error: unknown): void {
		this.errors.push(error);
	}
}
