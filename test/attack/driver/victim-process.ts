/**
 * The server under attack, in a process of its own: ours, or node:http, node:http2, node:https and `ws`, with the same routes.
 * It tells its ports first, and answers each message.
 */
import type { Timeouts } from '../../../src/wire/timeouts.ts';
import { nodeVictim } from './node-victim.ts';
import { ourVictim } from './our-victim.ts';

/** Where a server listens: ours needs two ports for what Node.js needs five for. */
export interface Ports {
	readonly http1: number;
	readonly http2: number;
	readonly websocket: number;
	readonly tls: number;
}

/** What a server is started with. */
export interface VictimStart {
	readonly kind: 'rsgi' | 'node';
	readonly cert: string;
	readonly key: string;
	/** Milliseconds: what a server has no deadline for, it does not use. */
	readonly timeouts: Partial<Timeouts>;
	readonly handshakeTimeout: number;
}

/** How much it holds. */
export interface VictimState {
	/** Octets of resident memory now, and at its peak since the last baseline. */
	readonly resident: number;
	readonly peak: number;
	readonly connections: number;
	/** Milliseconds of processor time of its longest turn since then: what a busy machine gives to others is not counted. */
	readonly held: number;
	/** Requests whose target says that they must never be seen. */
	readonly smuggled: number;
}

/** A server of either kind. */
export interface Victim {
	readonly ports: Ports;
	connections(): Promise<number>;
	smuggled(): number;
}

let victim: Victim;
let peak = 0;
let held = 0;
let seen = performance.now();
let worked = process.cpuUsage();

/** Looks again, each 10 milliseconds if it can: in between there was a turn, perhaps a long one. */
function look(): void {
	peak = Math.max(peak, process.memoryUsage.rss());
	const { user, system } = process.cpuUsage(worked);
	const now = performance.now();
	// Other threads, which collect garbage, work at the same time.
	held = Math.max(held, Math.min((user + system) / 1000, now - seen));
	worked = process.cpuUsage();
	seen = now;
}

setInterval(look, 10).unref();

async function answer(message: { what: string; start?: VictimStart }): Promise<unknown> {
	switch (message.what) {
		case 'start': {
			const start = message.start as VictimStart;
			victim = start.kind === 'rsgi' ? await ourVictim(start) : await nodeVictim(start);
			return victim.ports;
		}
		case 'baseline':
			for (let round = 0; round < 3; round++) {
				globalThis.gc?.();
				await new Promise((resolve) => setTimeout(resolve, 20));
			}
			look();
			peak = process.memoryUsage.rss();
			held = 0;
			return await state();
		default:
			return await state();
	}
}

async function state(): Promise<VictimState> {
	const resident = process.memoryUsage.rss();
	peak = Math.max(peak, resident);
	return { resident, peak, connections: await victim.connections(), held, smuggled: victim.smuggled() };
}

process.on('message', (message: { what: string; start?: VictimStart }) => {
	void answer(message).then((reply) => process.send?.(reply));
});
// Its driver is gone.
process.on('disconnect', () => process.exit());
