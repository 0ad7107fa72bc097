/** RFC 9113 §5.2, §6.9 against a model of both sides' windows: no octet lost, no window below zero, no deadlock. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Fields } from '../../src/wire/fields.ts';
import {
	bytes,
	data,
	END_STREAM,
	get,
	PREFACE,
	post,
	read32,
	rst,
	SETTINGS_ACK,
	settings,
	TYPES,
	windowUpdate,
} from '../support/http2-frames.ts';
import { type Exchange, Talk } from '../support/http2-talk.ts';

/** Octets that tell where they stand, so that loss and disorder are seen. */
function octetsFrom(at: number, length: number): Uint8Array {
	return Uint8Array.from({ length }, (_, i) => (at + i) % 251);
}

/** What one stream of a download has come to. */
interface Down {
	readonly id: number;
	window: number;
	written: number;
	received: number;
	reset: boolean;
}

interface DownModel {
	initial: number;
	connection: number;
	room: number;
	readonly streams: Down[];
}

interface DownReal {
	readonly talk: Talk;
	/** How many of the talk's frames have been counted. */
	counted: number;
}

type DownStep =
	| { readonly kind: 'open' }
	| { readonly kind: 'write' | 'window'; readonly at: number; readonly octets: number }
	| { readonly kind: 'connection' | 'initial' | 'room'; readonly octets: number }
	| { readonly kind: 'reset'; readonly at: number };

/** What has been sent is counted against the windows, and nothing waits that could be sent. */
function count(model: DownModel, real: DownReal): void {
	const { frames } = real.talk;
	for (; real.counted < frames.length; real.counted++) {
		const frame = frames[real.counted];
		if (frame?.type !== TYPES.DATA) continue;
		const stream = model.streams.find(({ id }) => id === frame.stream) as Down;
		const { length } = frame.payload;
		expect(frame.payload).toEqual(octetsFrom(stream.received, length));
		stream.received += length;
		stream.window -= length;
		model.connection -= length;
		if (length > 0) {
			expect(stream.window).toBeGreaterThanOrEqual(0);
			expect(model.connection).toBeGreaterThanOrEqual(0);
		}
	}
	if (model.room === 0) return;
	for (const stream of model.streams) {
		if (stream.reset || stream.received === stream.written) continue;
		expect(stream.window <= 0 || model.connection <= 0, `stream ${stream.id} waits for nothing`).toBe(true);
	}
}

class DownCommand implements fc.Command<DownModel, DownReal> {
	readonly #step: DownStep;
	constructor(step: DownStep) {
		this.#step = step;
	}

	check(model: Readonly<DownModel>): boolean {
		if (this.#step.kind === 'open') return model.streams.length < 8;
		return !('at' in this.#step) || model.streams.some(({ reset }) => !reset);
	}

	run(model: DownModel, real: DownReal): void {
		const step = this.#step;
		const { talk } = real;
		const open = model.streams.filter(({ reset }) => !reset);
		const stream = 'at' in step ? (open[step.at % open.length] as Down) : null;
		const exchange = stream === null ? null : (talk.exchanges[model.streams.indexOf(stream)] as Exchange);
		switch (step.kind) {
			case 'open': {
				const id = model.streams.length * 2 + 1;
				model.streams.push({ id, window: model.initial, written: 0, received: 0, reset: false });
				talk.send(get(id));
				talk.exchanges.at(-1)?.carrier.respond(200, new Fields(), undefined);
				talk.turn();
				break;
			}
			case 'write':
				exchange?.carrier.write(octetsFrom(stream?.written ?? 0, step.octets));
				if (stream !== null) stream.written += step.octets;
				talk.turn();
				break;
			case 'window':
				if (stream !== null) stream.window += step.octets;
				talk.send(windowUpdate(stream?.id ?? 0, step.octets));
				break;
			case 'connection':
				model.connection += step.octets;
				talk.send(windowUpdate(0, step.octets));
				break;
			case 'initial':
				for (const each of model.streams) each.window += step.octets - model.initial;
				model.initial = step.octets;
				talk.send(settings([4, step.octets]));
				break;
			case 'room':
				model.room = step.octets;
				talk.room = () => step.octets;
				talk.turn();
				break;
			case 'reset':
				if (stream !== null) stream.reset = true;
				talk.send(rst(stream?.id ?? 0, 8));
		}
		// A transport that takes little takes it often.
		for (let turns = 0; turns < 50 && model.room > 0; turns++) {
			const before = talk.frames.length;
			talk.turn();
			if (talk.frames.length === before) break;
		}
		count(model, real);
	}

	toString(): string {
		return JSON.stringify(this.#step);
	}
}

const at = fc.nat(7);
const octets = fc.oneof(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 1, max: 60_000 }));
const downSteps: fc.Arbitrary<DownCommand>[] = [
	fc.constant<DownStep>({ kind: 'open' }),
	fc.record({ kind: fc.constant('write' as const), at, octets }),
	fc.record({ kind: fc.constant('write' as const), at, octets }),
	fc.record({ kind: fc.constant('window' as const), at, octets }),
	fc.record({ kind: fc.constant('connection' as const), octets }),
	fc.record({ kind: fc.constant('initial' as const), octets: fc.oneof(fc.constant(0), fc.nat(70_000)) }),
	fc.record({ kind: fc.constant('room' as const), octets: fc.constantFrom(0, 1 << 20, 1 << 20, 20_000) }),
	fc.record({ kind: fc.constant('reset' as const), at }),
].map((arbitrary) => arbitrary.map((step) => new DownCommand(step)));

/** What one stream of an upload has come to. */
interface Up {
	readonly id: number;
	window: number;
	sent: number;
	paused: boolean;
	over: boolean;
	/** What the application has been given, and has not credited. */
	owed: number;
}

interface UpModel {
	connection: number;
	readonly streams: Up[];
}

interface UpReal {
	readonly talk: Talk;
	counted: number;
}

type UpStep =
	| { readonly kind: 'open' }
	| { readonly kind: 'send'; readonly at: number; readonly octets: number }
	| { readonly kind: 'pause' | 'resume' | 'credit' | 'reset' | 'discard' | 'abort'; readonly at: number };

function grants(model: UpModel, real: UpReal): void {
	const { frames } = real.talk;
	for (; real.counted < frames.length; real.counted++) {
		const frame = frames[real.counted];
		if (frame?.type !== TYPES.WINDOW_UPDATE) continue;
		const increment = read32(frame.payload);
		expect(increment).toBeGreaterThan(0);
		if (frame.stream === 0) model.connection += increment;
		else {
			const stream = model.streams.find(({ id }) => id === frame.stream);
			if (stream !== undefined) stream.window += increment;
		}
	}
	// What paused streams hold does not stop the others: the connection's window comes back on receipt.
	expect(model.connection).toBeGreaterThan(0);
}

class UpCommand implements fc.Command<UpModel, UpReal> {
	readonly #step: UpStep;
	constructor(step: UpStep) {
		this.#step = step;
	}

	check(model: Readonly<UpModel>): boolean {
		if (this.#step.kind === 'open') return model.streams.length < 6;
		return model.streams.some(({ over }) => !over);
	}

	run(model: UpModel, real: UpReal): void {
		const step = this.#step;
		const { talk } = real;
		if (step.kind === 'open') {
			const id = model.streams.length * 2 + 1;
			const stream: Up = { id, window: 65_535, sent: 0, paused: false, over: false, owed: 0 };
			model.streams.push(stream);
			talk.send(post(id));
			const exchange = talk.exchanges.at(-1) as Exchange;
			exchange.credits = false;
			exchange.onContent = (chunk) => {
				stream.owed += chunk.length;
			};
		} else {
			const open = model.streams.filter(({ over }) => !over);
			const stream = open[step.at % open.length] as Up;
			const exchange = talk.exchanges[model.streams.indexOf(stream)] as Exchange;
			this.#act(step, stream, exchange, model, talk);
		}
		talk.turn();
		grants(model, real);
		for (const [number, stream] of model.streams.entries()) {
			const { length } = talk.exchanges[number]?.text ?? '';
			expect(length).toBeLessThanOrEqual(stream.sent);
			if (!stream.paused && !stream.over) expect(length).toBe(stream.sent);
		}
	}

	#act(step: Exclude<UpStep, { kind: 'open' }>, stream: Up, { carrier }: Exchange, model: UpModel, talk: Talk): void {
		switch (step.kind) {
			case 'send': {
				const length = Math.min(step.octets, stream.window, model.connection, 16_384);
				if (length <= 0) return;
				stream.window -= length;
				model.connection -= length;
				const chunk = octetsFrom(stream.sent, length);
				stream.sent += length;
				talk.send(data(stream.id, 0, chunk));
				return;
			}
			case 'pause':
				stream.paused = true;
				carrier.hold();
				return;
			case 'resume':
				stream.paused = false;
				carrier.release();
				return;
			case 'credit':
				carrier.credit(stream.owed);
				stream.owed = 0;
				return;
			case 'discard':
				stream.over = true;
				carrier.discard();
				return;
			case 'abort':
				stream.over = true;
				carrier.reset(8);
				return;
			case 'reset':
				stream.over = true;
				talk.send(rst(stream.id, 8));
		}
	}

	toString(): string {
		return JSON.stringify(this.#step);
	}
}

const upSteps: fc.Arbitrary<UpCommand>[] = [
	fc.constant<UpStep>({ kind: 'open' }),
	fc.record({ kind: fc.constant('send' as const), at, octets }),
	fc.record({ kind: fc.constant('send' as const), at, octets }),
	fc.record({ kind: fc.constantFrom('pause', 'resume', 'credit', 'credit', 'reset', 'discard', 'abort'), at }),
].map((arbitrary) => arbitrary.map((step) => new UpCommand(step as UpStep)));

describe('RFC 9113 §5.2: a model of flow control', () => {
	test('down: within the windows, in order, and all of it as soon as it may', () => {
		fc.assert(
			fc.property(fc.commands(downSteps, { maxCommands: 60 }), fc.constantFrom(0, 1, 100, 65_535), (steps, initial) => {
				const talk = Talk.open({}, [4, initial]);
				const model: DownModel = { initial, connection: 65_535, room: 1 << 20, streams: [] };
				const real = { talk, counted: 0 };
				fc.modelRun(() => ({ model, real }), steps);
				// When all windows are wide, everything comes.
				new DownCommand({ kind: 'room', octets: 1 << 20 }).run(model, real);
				new DownCommand({ kind: 'connection', octets: 100_000_000 }).run(model, real);
				const open = model.streams.filter(({ reset }) => !reset);
				for (const index of open.keys())
					new DownCommand({ kind: 'window', at: index, octets: 100_000_000 }).run(model, real);
				for (const { received, written } of open) expect(received).toBe(written);
				expect(talk.faults).toEqual([]);
			}),
			{ numRuns: 200 },
		);
	});

	test('up: what is sent within the windows arrives, and they open again when it is taken', () => {
		fc.assert(
			fc.property(fc.commands(upSteps, { maxCommands: 60 }), (steps) => {
				const talk = new Talk();
				const real = { talk, counted: 0 };
				const model: UpModel = { connection: 65_535, streams: [] };
				talk.send(bytes(PREFACE, settings(), SETTINGS_ACK));
				grants(model, real);
				fc.modelRun(() => ({ model, real }), steps);
				for (const [number, stream] of model.streams.entries()) {
					if (stream.over) continue;
					const { carrier, content$ } = talk.exchanges[number] as Exchange;
					stream.paused = false;
					carrier.release();
					talk.turn();
					carrier.credit(stream.owed);
					stream.owed = 0;
					talk.turn();
					grants(model, real);
					// At least half of a window is there again, or a client that waits for it would wait for ever.
					expect(stream.window).toBeGreaterThanOrEqual(65_535 >> 1);
					talk.send(data(stream.id, END_STREAM, 'end'));
					const all = Buffer.concat(content$);
					expect(new Uint8Array(all.subarray(0, stream.sent))).toEqual(octetsFrom(0, stream.sent));
					expect(all.length).toBe(stream.sent + 3);
				}
				expect(talk.faults).toEqual([]);
			}),
			{ numRuns: 200 },
		);
	});
});
