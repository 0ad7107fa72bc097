/** Server, idle twin, attacker and prober, each in its process, and what an attack did to the server. */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { generate } from 'selfsigned';
import type { Attack } from '../list/attack.ts';
import type { Tally } from './attacker-process.ts';
import type { Probes } from './prober-process.ts';
import type { Ports, VictimStart, VictimState } from './victim-process.ts';

/** What came of an attack. */
export interface Figures {
	/** How its connections ended, and how many so. */
	readonly outcomes: Tally;
	/** Octets by which resident memory had grown at its peak. */
	readonly grown: number;
	readonly probes: Probes;
	/** Milliseconds of processor time for which the server's event loop was held at most. */
	readonly held: number;
	readonly smuggled: number;
	/** The server's process ended. */
	readonly crashed: boolean;
	readonly seconds: number;
}

/** Deadlines of the servers under attack: as those of docs/limits.md, ten times as short. */
const DEADLINES = {
	silence: 1000,
	head: 1000,
	content: 2000,
	settings: 1000,
	idle: 6000,
	stall: 3000,
	response: 5000,
} as const;
const HANDSHAKE = 1000;
const FROM_SOURCE = fileURLToPath(new URL('../../../scripts/from-source.ts', import.meta.url));

/** A process that answers each message with one. */
class Helper {
	readonly process: ChildProcess;

	constructor(script: URL, ...execArgv: string[]) {
		this.process = fork(fileURLToPath(script), { execArgv: ['--import', FROM_SOURCE, ...execArgv] });
	}

	/** Its answer, or null when it has ended. */
	async ask<T>(message: object): Promise<T | null> {
		if (!this.running) return null;
		const stop = new AbortController();
		const { signal } = stop;
		const ended = once(this.process, 'exit', { signal }).then(() => null);
		const answered = once(this.process, 'message', { signal }).then(([answer]) => answer as T);
		this.process.send(message);
		const first = await Promise.race([answered, ended]);
		for (const other of [answered, ended]) other.catch(() => {});
		stop.abort();
		return first;
	}

	get running(): boolean {
		return this.process.exitCode === null && this.process.signalCode === null;
	}

	end(): void {
		this.process.kill('SIGKILL');
	}
}

/** Everything that an attack takes part in. */
export class Battlefield {
	readonly #kind: VictimStart['kind'];
	readonly #attacker = new Helper(new URL('./attacker-process.ts', import.meta.url));
	readonly #prober = new Helper(new URL('./prober-process.ts', import.meta.url));
	#start: VictimStart | null = null;
	#victim: Helper | null = null;
	#twin: Helper | null = null;
	#ports: Ports | null = null;
	#twinPort = 0;

	constructor(kind: VictimStart['kind']) {
		this.#kind = kind;
	}

	/** Attacks a server, which is the one of the attack before if that lives. */
	async measure(attack: Attack): Promise<Figures> {
		await this.#ready();
		const victim = this.#victim as Helper;
		const ports = this.#ports as Ports;
		const before = (await victim.ask<VictimState>({ what: 'baseline' })) as VictimState;
		await this.#prober.ask({ what: 'begin', attacked: ports.http1, twin: this.#twinPort });
		const began = performance.now();
		const outcomes = (await this.#attacker.ask<Tally>({ name: attack.name, ports })) ?? {};
		const seconds = (performance.now() - began) / 1000;
		const after = await victim.ask<VictimState>({ what: 'state' });
		const probes = (await this.#prober.ask<Probes>({ what: 'end' })) as Probes;
		return {
			outcomes,
			grown: (after?.peak ?? Number.NaN) - before.resident,
			probes,
			held: after?.held ?? Number.NaN,
			smuggled: (after?.smuggled ?? 0) - before.smuggled,
			crashed: after === null,
			seconds,
		};
	}

	end(): void {
		for (const helper of [this.#victim, this.#twin, this.#attacker, this.#prober]) helper?.end();
	}

	async #ready(): Promise<void> {
		this.#start ??= await started(this.#kind);
		if (this.#victim?.running && this.#twin?.running) return;
		this.#victim = await this.#served();
	}

	async #served(): Promise<Helper> {
		const start = this.#start as VictimStart;
		const script = new URL('./victim-process.ts', import.meta.url);
		// V8 makes the room for young objects larger under any load, and smaller when there is none: 40 MiB that no attack takes.
		const victim = new Helper(script, '--expose-gc', '--min-semi-space-size=32');
		this.#ports = await victim.ask<Ports>({ what: 'start', start });
		if (this.#twin === null) {
			this.#twin = new Helper(script);
			this.#twinPort = ((await this.#twin.ask<Ports>({ what: 'start', start })) as Ports).http1;
		}
		// What an engine of JavaScript takes once, whoever asks, is not what an attack takes.
		await this.#attacker.ask({ name: 'Honest load', ports: this.#ports });
		return victim;
	}
}

async function started(kind: VictimStart['kind']): Promise<VictimStart> {
	const { cert, private: key } = await generate([{ name: 'commonName', value: 'localhost' }], {
		algorithm: 'sha256',
		keyType: 'ec',
	});
	return { kind, cert, key, timeouts: DEADLINES, handshakeTimeout: HANDSHAKE };
}
