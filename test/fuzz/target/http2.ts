/**
 * RFC 9113: an input is a script. An octet below 0x20 is a frame of that type (then flags, stream, length and payload), one below 0x40 a
 * whole request, one below 0xe0 what the application, the clock or the transport does, and any other octets as they are.
 */
import { Fields } from '../../../src/wire/fields.ts';
import {
	bytes,
	END_HEADERS,
	frame,
	get,
	headers,
	post,
	request,
	settings,
	TYPES,
	windowUpdate,
} from '../../support/http2-frames.ts';
import { type Exchange, Talk } from '../../support/http2-talk.ts';
import { alike, law, octets, pieces, type Target } from '../target.ts';

type Step = { readonly wire: Uint8Array } | { readonly command: number };

function stepsOf(input: Uint8Array): Step[] {
	const steps: Step[] = [];
	let next = 1;
	const add = (wire: Uint8Array): void => {
		const last = steps.at(-1);
		if (last !== undefined && 'wire' in last) steps[steps.length - 1] = { wire: bytes(last.wire, wire) };
		else steps.push({ wire });
	};
	for (let at = 1; at < input.length; ) {
		const op = input[at++] as number;
		if (op < 0x20) {
			const [flags = 0, stream = 0, length = 0] = input.subarray(at, at + 3);
			at += 3;
			const payload = input.subarray(at, at + length);
			at += length;
			add(frame(op, flags, (stream & 0x80) === 0 ? stream & 15 : next - 2, payload));
		} else if (op < 0x40) {
			const path = `/${'x'.repeat(op & 3)}`;
			if ((op & 4) === 0) add(get(next, path));
			else if ((op & 8) === 0) add(post(next, path));
			else add(headers(next, 0, request('POST', path, 'content-length', '5', 'expect', '100-continue')));
			next += 2;
		} else if (op < 0xe0) {
			steps.push({ command: op & 31 });
		} else {
			const length = input[at++] ?? 0;
			add(input.subarray(at, at + length));
			at += length;
		}
	}
	return steps;
}

/** What an exchange has been told to do, so that commands are legal. */
interface Progress {
	readonly exchange: Exchange;
	begun: boolean;
	ended: boolean;
	reset: boolean;
}

class Run {
	readonly talk: Talk;
	readonly all: Progress[] = [];
	written = 0;
	#room = 1 << 16;

	constructor(mode: number, split: (input: Uint8Array) => Uint8Array[], steps: readonly Step[]) {
		const limits = (mode & 1) !== 0 ? { fieldSectionSize: 300 } : {};
		this.talk = Talk.open({
			limits,
			extendedConnect: (mode & 2) !== 0,
			room: () => this.#room,
			app: (exchange) => {
				exchange.credits = (mode & 4) === 0;
				this.all.push({ exchange, begun: false, ended: false, reset: false });
			},
		});
		for (const step of steps) {
			if ('wire' in step) for (const part of split(step.wire)) this.talk.send(part);
			else {
				this.#command(step.command);
				this.talk.turn();
			}
		}
		this.#room = 1 << 20;
		this.talk.turn();
	}

	#command(command: number): void {
		const open = this.all.filter((one) => one.exchange.outcome === undefined && !one.reset);
		const one = open[(command >> 4) & 1] ?? open[0];
		switch (command & 15) {
			case 0:
				this.talk.pass(1000);
				return;
			case 1:
				this.#room = 10;
				return;
			case 2:
				this.#room = 1 << 16;
				return;
		}
		if (one === undefined) return;
		const { carrier } = one.exchange;
		switch (command & 15) {
			case 3:
				if (!one.begun && !carrier.canAccept) carrier.respond(200, new Fields(['a', 'b']), undefined);
				one.begun ||= !carrier.canAccept;
				return;
			case 4:
			case 5:
				if (!one.begun || one.ended) return;
				carrier.write(new Uint8Array((command & 15) === 4 ? 10 : 30_000));
				this.written += (command & 15) === 4 ? 10 : 30_000;
				return;
			case 6:
			case 7:
				if (!one.begun || one.ended) return;
				one.ended = true;
				carrier.end((command & 15) === 7 ? new Fields(['x', 'y']) : null);
				return;
			case 8:
				carrier.hold();
				return;
			case 9:
				carrier.release();
				return;
			case 10:
				carrier.discard();
				return;
			case 11:
				one.reset = true;
				carrier.reset(8);
				return;
			case 12:
				if (!one.begun) carrier.inform(103, new Fields());
				return;
			case 13:
				carrier.retire();
				return;
			case 14:
				if (!one.begun && carrier.canAccept) {
					carrier.accept(new Fields());
					one.begun = true;
				}
				return;
			default:
				carrier.continue();
		}
	}

	story(): unknown {
		return {
			faults: this.talk.faults.map(String),
			finished: this.talk.engine.finished,
			exchanges: this.all.map(({ exchange }) => [
				exchange.head.method,
				exchange.head.target,
				exchange.head.fields.lines,
				exchange.text,
				exchange.trailers,
				exchange.events.filter((event) => !/^(content|sent)/.test(event)),
			]),
		};
	}

	laws(): void {
		const { talk } = this;
		for (const { rule } of talk.faults)
			law(/^RFC \d+ §|^RICH-\d+$|^(limits|timeouts)\.\w+$/.test(rule), `a fault cites ${rule}`);
		const sent = talk.of(TYPES.DATA).reduce((sum, { payload }) => sum + payload.length, 0);
		law(sent <= this.written, `${sent} octets of content were sent, and ${this.written} written`);
		const open = this.all.filter(({ exchange, reset }) => exchange.outcome === undefined && !reset).length;
		law(talk.engine.exchanges === open, `${talk.engine.exchanges} exchanges are counted, and ${open} are open`);
		talk.engine.abandon('lost');
		talk.turn();
		law(talk.engine.exchanges === 0, 'exchanges that were never closed');
		for (const { exchange, reset } of this.all) {
			const closes = exchange.events.filter((event) => event.startsWith('closed'));
			law(closes.length === (reset ? 0 : 1), `closed ${closes.length} times, reset ${reset}`);
			if (!reset) law(exchange.events.at(-1) === closes[0], `${exchange.events.at(-1)} after closed`);
			const end = exchange.events.indexOf('end');
			law(end < 0 || !exchange.events.slice(end).some((event) => event.startsWith('content')), 'content after its end');
		}
	}
}

export const target: Target = {
	words: [
		[0x20],
		[0x24],
		[0x2c],
		[0x43],
		[0x44],
		[0x45],
		[0x46],
		[0x47],
		[0x48],
		[0x49],
		[0x4a],
		[0x4b],
		[0x4c],
		[0x4d],
		[0x4e],
		[0x4f],
		[0x40],
		[0x41],
		[0x42],
		[0, 1, 0x81, 3, 97, 98, 99],
		[0, 0, 0x81, 3, 97, 98, 99],
		[8, 0, 0, 4, 0, 0, 1, 0],
		[8, 0, 0x81, 4, 0x7f, 255, 255, 255],
		[3, 0, 0x81, 4, 0, 0, 0, 8],
		[4, 0, 0, 6, 0, 4, 0, 0, 0, 1],
		[4, 0, 0, 6, 0, 1, 0, 0, 0, 0],
		[4, 1, 0, 0],
		[6, 0, 0, 8, 1, 2, 3, 4, 5, 6, 7, 8],
		[7, 0, 0, 8, 0, 0, 0, 0, 0, 0, 0, 0],
		[16, 0, 0, 7, 0, 0, 0, 1, 117, 61, 49],
		[9, 4, 0x81, 1, 0x82],
		[2, 0, 1, 5, 0, 0, 0, 0, 1],
		[0xe0, 9, 0, 0, 0, 0, 0, 0, 0, 0, 0],
	]
		.map((word) => Uint8Array.from(word))
		.concat([
			Uint8Array.from([1, END_HEADERS, 1, 4, 0x82, 0x86, 0x84, 0xbe]),
			Uint8Array.from([0xe0, 13, ...windowUpdate(0, 5)]),
			Uint8Array.from([0xe0, 15, ...settings([4, 0])]),
		]),
	maxLength: 500,
	run(input) {
		const mode = input[0] ?? 0;
		const steps = stepsOf(input);
		const runs = [
			new Run(mode, (wire) => [wire], steps),
			new Run(mode, octets, steps),
			new Run(mode, (wire) => pieces(wire, mode), steps),
		];
		const [whole, ...others] = runs.map((run) => run.story());
		for (const run of runs) run.laws();
		for (const other of others) alike('in pieces it is another conversation', whole, other);
	},
};
