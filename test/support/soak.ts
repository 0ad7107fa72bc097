/** A mixed load for some time: what it leaves behind in the server. */
import { expect } from 'vitest';
import { forkedMixedServer } from './forked-server.ts';
import { overHttp2 } from './http2-bridge.ts';
import { type MixedServer, mixedRound } from './mixed-load.ts';
import { testCertificate } from './served.ts';

/** What is there after the last round, and was not after the first ones. */
export interface Left {
	readonly rounds: number;
	/** Octets that are reachable. */
	readonly bytes: number;
	readonly handles: number;
}

/** Runs rounds for so many seconds, or until there were so many. */
export async function soaked(seconds: number, roundsMax: number, requests: number): Promise<Left> {
	// The bridge's connection rests while h2load works, which takes more than a minute on a machine that does much else.
	const timeouts = { idle: 600_000 };
	const server = await forkedMixedServer({ timeouts }, { timeouts, tls: await testCertificate() });
	const [plain, tls] = server.urls as [string, string];
	const load: MixedServer = { plain, tls, bridge: await overHttp2(plain), requests };
	// The bridge's connection stays.
	for (let warm = 0; warm < 3; warm++) await mixedRound(load);
	await expect.poll(() => server.connections(), { timeout: 20_000 }).toBe(1);
	const before = await server.heap();
	const until = performance.now() + seconds * 1000;
	let rounds = 0;
	for (; rounds < roundsMax && performance.now() < until; rounds++) await mixedRound(load);
	await expect.poll(() => server.connections(), { timeout: 20_000 }).toBe(1);
	const after = await server.heap();
	return { rounds, bytes: after.bytes - before.bytes, handles: after.handles - before.handles };
}
