/**
 * Runs every attack of test/attack against our server and Node's own, and writes what came of it into docs/security.md.
 * `--only <part of a name>` runs some and writes nothing; `--kind rsgi` or `--kind node` attacks one server and writes nothing.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { Battlefield, type Figures } from '../test/attack/driver/battlefield.ts';
import { GROUPS } from '../test/attack/list/attacks.ts';

const { values } = parseArgs({ options: { only: { type: 'string' }, kind: { type: 'string' } } });
const DOCUMENT = new URL('../docs/security.md', import.meta.url);
const BEGIN = '<!-- npm run attack: from here';
const END = '<!-- npm run attack: to here -->';
const KINDS = ['rsgi', 'node'] as const;

function outcomes({ outcomes: tally, crashed, smuggled }: Figures): string {
	const parts = Object.entries(tally).map(([outcome, count]) => `${count} × ${outcome}`);
	if (smuggled > 0) parts.push(`${smuggled} requests behind them answered too`);
	if (crashed) parts.push('**the process ended**');
	return parts.join(', ');
}

function cells(figures: Figures): string {
	const { grown, held, probes } = figures;
	const lost = probes.failed > 0 ? `, ${probes.failed} lost` : '';
	// What has ended can no longer be asked.
	const own = figures.crashed ? '– | –' : `${Math.max(0, Math.round(grown / 1024 / 1024))} | ${Math.ceil(held)}`;
	return `${outcomes(figures)} | ${own} | ${Math.ceil(probes.worst)}${lost}`;
}

const kinds = KINDS.filter((kind) => values.kind === undefined || values.kind === kind);
const fields = new Map(kinds.map((kind) => [kind, new Battlefield(kind)]));
const lines = [
	'| attack | known as; rule or limit that answers it | RSGI | MiB | held | ms | Node.js | MiB | held | ms |',
	'| --- | --- | --- | ---: | ---: | ---: | --- | ---: | ---: | ---: |',
];
for (const [group, attacks] of Object.entries(GROUPS)) {
	lines.push(`| **${group}** | | | | | | | | | |`);
	for (const attack of attacks) {
		if (values.only !== undefined && !attack.name.includes(values.only)) continue;
		const row = [attack.name, attack.rule];
		for (const kind of kinds) {
			const figures = await (fields.get(kind) as Battlefield).measure(attack);
			row.push(cells(figures));
			console.log(
				`${kind}: ${attack.name}: ${cells(figures)} | ${figures.probes.count} probes, excess ${figures.probes.excess.toFixed(0)}, ${figures.seconds.toFixed(1)} s`,
			);
		}
		lines.push(`| ${row.join(' | ')} |`);
	}
}
for (const field of fields.values()) field.end();
if (values.only === undefined && kinds.length === KINDS.length) {
	const text = readFileSync(DOCUMENT, 'utf8');
	const [before, rest = ''] = text.split(BEGIN);
	const after = rest.slice(rest.indexOf(END));
	const began = `${BEGIN}, Node.js ${process.version}, ${new Date().toISOString().slice(0, 10)} -->`;
	writeFileSync(DOCUMENT, `${before}${began}\n\n${lines.join('\n')}\n\n${after}`);
}
process.exit();
