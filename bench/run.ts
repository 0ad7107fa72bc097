/** `npm run bench`: compares the servers in one interleaved run and writes the report. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { checkAnswer, validates } from './answers.ts';
import { CONTESTANTS, type Contestant, type Start } from './contestants.ts';
import { generators, machine, version } from './machine.ts';
import { charts } from './report/charts.ts';
import { markdown, withPart } from './report/markdown.ts';
import type { Measurement, Results } from './report/results.ts';
import { table } from './report/table.ts';
import { ServerProcess } from './server-process.ts';
import { TARGETS } from './targets.ts';
import { RUNNABLES, type Runnable, WORKLOADS } from './workloads.ts';

const USAGE = `npm run bench -- [options]
  --only WORDS       workloads whose id or group has one of these words, separated by commas; all by default
  --against NAMES    contestants whose name has one of these words (rsgi is always there); all by default
  --rounds N         interleaved rounds of each workload; 5 by default
  --seconds N        how long a timed run takes; 1 by default
  --json FILE        the results as JSON too; with - to standard output, in place of the table
  --part             write the sections of what was run into bench/RESULTS.md, and their charts; the others stay
  --write            write bench/RESULTS.md and its charts (done without being asked when everything was run)
  --list             the workloads and contestants, and nothing else`;

const { values } = parseArgs({
	options: {
		only: { type: 'string' },
		against: { type: 'string' },
		rounds: { type: 'string', default: '5' },
		seconds: { type: 'string', default: '1' },
		json: { type: 'string' },
		part: { type: 'boolean', default: false },
		write: { type: 'boolean' },
		list: { type: 'boolean' },
		help: { type: 'boolean' },
	},
});
const rounds = atLeastOne('rounds', values.rounds);
const seconds = atLeastOne('seconds', values.seconds);

function atLeastOne(name: string, text: string): number {
	const value = Number(text);
	if (!Number.isInteger(value) || value < 1) throw new RangeError(`--${name} is a whole number above 0, not ${text}`);
	return value;
}

function chosen<Item>(
	items: readonly Item[],
	words: string | undefined,
	text: (item: Item) => string,
): readonly Item[] {
	if (words === undefined) return items;
	const wanted = words.toLowerCase().split(',');
	return items.filter((item) => wanted.some((word) => text(item).toLowerCase().includes(word)));
}

const runnables = chosen(RUNNABLES, values.only, (one) => `${one.id} ${one.companion?.id ?? ''} ${one.group}`);
const workloads = runnables.flatMap((one) => (one.companion ? [one, one.companion] : [one]));
const [ours, ...peers] = CONTESTANTS as [Contestant, ...Contestant[]];
const contestants = [ours, ...chosen(peers, values.against, (contestant) => contestant.name)];

if (values.help) {
	console.log(USAGE);
	process.exit(0);
}
if (values.list) {
	for (const workload of workloads) console.log(`${workload.id.padEnd(24)} ${workload.title}`);
	console.log(`\n${contestants.map((contestant) => contestant.name).join(', ')}`);
	process.exit(0);
}
if (workloads.length === 0) throw new RangeError(`--only ${values.only} chooses nothing; --list shows the workloads`);

const versions: Record<string, string> = {};
const present: Contestant[] = [];
for (const contestant of contestants) {
	const found = version(contestant);
	if (found === null) console.error(`${contestant.name} is not installed and is left out`);
	else {
		versions[contestant.name] = found;
		present.push(contestant);
	}
}
Object.assign(versions, generators());

const scratch = mkdtempSync(join(tmpdir(), 'rsgi-bench-'));
const base = prepare(scratch);
const measurements: Measurement[] = [];
const failures: { workload: string; contestant: string; message: string }[] = [];
/** The servers that run now, one for each contestant; a protocol's servers are stopped when the next one's turn comes. */
let running = new Map<Contestant, ServerProcess>();
let port = 18_000;

/** The content as files, and a certificate: ECDSA on P-256, which TLS 1.3 clients prefer and is the cheapest to sign by. */
function prepare(folder: string): Omit<Start, 'port' | 'protocol' | 'workers'> {
	const root = join(folder, 'root');
	mkdirSync(join(root, 'bytes'), { recursive: true });
	writeFileSync(join(root, 'hello'), 'Hello, world!');
	writeFileSync(join(root, 'push'), 'Hello, world!');
	writeFileSync(join(root, 'pushed'), 'Hello, world!');
	for (const size of [1024, 65_536, 1_048_576, 6_553_600, 104_857_600]) {
		writeFileSync(join(root, 'bytes', String(size)), Buffer.alloc(size, 'x'));
	}
	const cert = join(folder, 'cert.pem');
	const key = join(folder, 'key.pem');
	execFileSync(
		'openssl',
		[
			'req',
			'-x509',
			'-newkey',
			'ec',
			'-pkeyopt',
			'ec_paramgen_curve:P-256',
			'-nodes',
			'-days',
			'30',
			'-subj',
			'/CN=localhost',
		].concat(['-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1', '-keyout', key, '-out', cert]),
		{ stdio: 'ignore' },
	);
	// Servers that give up root must still read it.
	execFileSync('chmod', ['-R', 'a+rX', folder]);
	return { root, cert, key, scratch: folder };
}

async function stopAll(): Promise<void> {
	await Promise.all([...running.values()].map((server) => server.stop()));
	running = new Map();
}

async function server(contestant: Contestant, workload: Runnable): Promise<ServerProcess> {
	const there = running.get(contestant);
	const { protocol, workers = null } = workload;
	const isSame = there?.start.protocol === protocol && there.start.workers === workers;
	if (there !== undefined && isSame && !workload.isFresh) return there;
	await there?.stop();
	port++;
	const started = await ServerProcess.begin(contestant, { ...base, port, protocol, workers });
	running.set(contestant, started);
	return started;
}

function progress(text: string): void {
	if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${text}`);
	else process.stderr.write(`${text}\n`);
}

async function measure(workload: Runnable, place: string): Promise<void> {
	const taking = present.filter(
		({ protocols, tasks, skips, fits }) =>
			protocols.includes(workload.protocol) &&
			tasks.includes(workload.task) &&
			skips?.includes(workload.group) !== true &&
			(workload.workers === undefined || fits?.(workload.workers) !== false),
	);
	const figures = new Map(
		taking.map((contestant) => [contestant, { values: [], companions: [], cpu: [], rss: [] } as Mutable]),
	);
	for (let round = 0; round <= rounds; round++) {
		for (const [contestant, figure] of figures) {
			progress(`${place} ${workload.id} · round ${round} of ${rounds} · ${contestant.name}`);
			try {
				const measured = await server(contestant, workload);
				if (round === 0) {
					await checkAnswer(measured, workload.task);
					if (contestant.isLimit !== true && !(await validates(measured)))
						versions[contestant.name] += ' (takes a space in a field name)';
					// Round 0 warms up and is not counted; where each run has a new server there is nothing to warm.
					if (!workload.isFresh) await workload.run(measured, 1);
					continue;
				}
				const before = measured.cpuSeconds();
				const { value, companion, cpuSeconds, per } = await workload.run(measured, seconds);
				figure.values.push(value);
				if (companion !== undefined) figure.companions.push(companion);
				const spent = cpuSeconds ?? measured.cpuSeconds() - before;
				figure.cpu.push(per === 0 ? 0 : (spent * 1e6) / per);
				figure.rss.push(measured.residentKib() / 1024);
			} catch (error) {
				const message = error instanceof Error ? error.message : String(error);
				failures.push({ workload: workload.id, contestant: contestant.name, message });
				progress(`${workload.id}: ${contestant.name} failed: ${message}\n`);
				figures.delete(contestant);
				await running.get(contestant)?.stop();
				running.delete(contestant);
			}
		}
	}
	for (const [{ name }, { companions, ...figure }] of figures) {
		measurements.push({ workload: workload.id, contestant: name, ...figure });
		if (workload.companion === undefined) continue;
		measurements.push({ workload: workload.companion.id, contestant: name, ...figure, values: companions });
	}
}

interface Mutable {
	values: number[];
	companions: number[];
	cpu: number[];
	rss: number[];
}

try {
	// By protocol, so that a server warmed for one workload goes on to the next.
	const ordered = [...runnables].sort((a, b) => a.protocol.localeCompare(b.protocol));
	let protocol = '';
	for (const [index, workload] of ordered.entries()) {
		if (workload.protocol !== protocol) await stopAll();
		protocol = workload.protocol;
		await measure(workload, `[${index + 1}/${ordered.length}]`);
	}
} finally {
	await stopAll();
	rmSync(scratch, { recursive: true, force: true });
	if (process.stderr.isTTY) process.stderr.write('\r\x1b[K');
}

const ran = new Set(workloads.map((workload) => workload.id));
const results: Results = {
	date: new Date().toISOString().slice(0, 10),
	machine: machine(),
	versions,
	rounds,
	workloads: workloads.map(({ id, title, command, group, unit, better, scaling }) => ({
		...{ id, title, command, group, unit, better },
		...(scaling ? { scaling } : {}),
	})),
	measurements,
	targets: TARGETS.filter((target) => ran.has(target.workload)),
	failures,
};

const document = `${JSON.stringify(results, null, '\t')}\n`;
if (values.json === '-') console.log(document);
else {
	console.log(table(results));
	if (values.json !== undefined) writeFileSync(values.json, document);
}
const isEverything = workloads.length === WORKLOADS.length && present.length === CONTESTANTS.length && rounds >= 5;
if (values.part || (values.write ?? isEverything)) {
	const folder = new URL('charts/', import.meta.url);
	if (!values.part) rmSync(folder, { recursive: true, force: true });
	mkdirSync(folder, { recursive: true });
	for (const [name, svg] of charts(results)) writeFileSync(new URL(name, folder), svg);
	const report = new URL('RESULTS.md', import.meta.url);
	writeFileSync(report, values.part ? withPart(readFileSync(report, 'utf8'), results) : markdown(results));
	console.error('bench/RESULTS.md is written');
}
process.exitCode = failures.length > 0 ? 1 : 0;
