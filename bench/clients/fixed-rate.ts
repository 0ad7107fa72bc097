/**
 * Sends requests at a fixed rate, evenly, and measures from the time when each was due: a server that stalls pays for all
 * that should have been sent meanwhile. What was under way while this process itself stood still, as a virtual machine
 * does now and then, says nothing of the server and is not counted.
 */
import { fail, type Open, openAll, options, report } from './open.ts';

const total = Math.round(options.rate * options.seconds);
/** What is not counted: half a second in which connections and caches settle. */
const settling = Math.round(options.rate / 2);
const latencies: number[] = [];
/** A turn of this process that takes longer, in milliseconds, is no turn but a standstill. */
const STANDSTILL = 0.8;

/** When the request of a stream was due, in milliseconds; by connection. */
const due: Map<number, number>[] = [];
/** Connections that may ask: any with HTTP/2, those without a request in flight with HTTP/1.1. */
const free: number[] = [];
/** Requests that found no connection, by the time they were due. */
const waiting: number[] = [];
const connections: Open[] = [];
let answered = 0;
let uncounted = 0;
let lastTurn = performance.now();
let stoodStillUntil = 0;

function time(): number {
	const now = performance.now();
	if (now - lastTurn > STANDSTILL) stoodStillUntil = now;
	lastTurn = now;
	return now;
}

function send(index: number, dueAt: number): void {
	const number = (connections[index] as Open).ask();
	(due[index] as Map<number, number>).set(number, dueAt);
}

connections.push(
	...(await openAll((index) => {
		due[index] = new Map();
		free.push(index);
		return {
			ended(stream) {
				const times = due[index] as Map<number, number>;
				const dueAt = times.get(stream) as number;
				times.delete(stream);
				const now = time();
				if (answered++ >= settling) {
					if (dueAt > stoodStillUntil) latencies.push(now - dueAt);
					else uncounted++;
				}
				if (options.isMultiplexed) return;
				const next = waiting.shift();
				if (next === undefined) free.push(index);
				else send(index, next);
			},
		};
	})),
);

const began = performance.now();
let sent = 0;
function turn(): void {
	const now = time();
	if (now - began > options.seconds * 3000 + 3000)
		fail(new Error(`only ${answered} of ${total + settling} requests were answered in time`));
	for (; sent < total + settling; sent++) {
		const dueAt = began + (sent / options.rate) * 1000;
		if (dueAt > now) break;
		if (options.isMultiplexed) send(sent % options.connections, dueAt);
		else {
			const index = free.shift();
			if (index === undefined) waiting.push(dueAt);
			else send(index, dueAt);
		}
	}
	if (answered < total + settling) return void setImmediate(turn);
	const elapsed = (performance.now() - began) / 1000;
	for (const connection of connections) connection.close();
	latencies.sort((a, b) => a - b);
	const percentile = (part: number): number => (latencies[Math.ceil(latencies.length * part) - 1] ?? Number.NaN) * 1000;
	report({
		requests: total + settling,
		seconds: elapsed,
		achievedRate: (total + settling) / elapsed,
		uncounted,
		p50: percentile(0.5),
		p99: percentile(0.99),
	});
}
turn();
