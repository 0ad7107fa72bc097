/**
 * An honest client in a process of its own: it asks two servers at once, again and again, and notes how long each takes. One is
 * under attack and the other, an idle twin, is not: what a busy machine does to both is no fault of the attack.
 */
import { Agent, request } from 'node:http';

/** What a run of probes came to, in milliseconds. */
export interface Probes {
	readonly count: number;
	/** Requests that the attacked server did not answer with 200. */
	readonly failed: number;
	readonly median: number;
	readonly worst: number;
	/** The worst of what an answer of the attacked server took more than that of its twin, asked at the same time. */
	readonly excess: number;
}

const PAUSE = 20;
/** An answer that takes longer has failed. */
const PATIENCE = 10_000;

const agents = new Map<number, Agent>();

function ask(port: number): Promise<number> {
	const agent = agents.get(port) ?? new Agent({ keepAlive: true, maxSockets: 1 });
	agents.set(port, agent);
	const began = performance.now();
	return new Promise((resolve) => {
		const asked = request({ port, host: '127.0.0.1', path: '/hello', agent }, (response) => {
			response.resume();
			response.on('end', () => resolve(response.statusCode === 200 ? performance.now() - began : -1));
			response.on('error', () => resolve(-1));
		});
		asked.setTimeout(PATIENCE, () => asked.destroy());
		asked.on('error', () => resolve(-1));
		asked.end();
	});
}

let running = false;
let run: Promise<Probes> | null = null;

async function probe(attacked: number, twin: number): Promise<Probes> {
	const times: number[] = [];
	let [failed, excess] = [0, 0];
	do {
		const [one, other] = (await Promise.all([ask(attacked), ask(twin)])) as [number, number];
		if (one < 0) failed++;
		else {
			times.push(one);
			excess = Math.max(excess, one - Math.max(other, 0));
		}
		await new Promise((resolve) => setTimeout(resolve, PAUSE));
	} while (running);
	times.sort((a, b) => a - b);
	return {
		count: times.length + failed,
		failed,
		median: times[times.length >> 1] ?? 0,
		worst: times.at(-1) ?? 0,
		excess,
	};
}

process.on('message', (message: { what: string; attacked?: number; twin?: number }) => {
	if (message.what === 'begin') {
		running = true;
		run = probe(message.attacked as number, message.twin as number);
		process.send?.('begun');
		return;
	}
	running = false;
	void run?.then((probes) => process.send?.(probes));
});
process.on('disconnect', () => process.exit());
