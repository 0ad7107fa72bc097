/** docs/hosts.md says of each host what the contract suite has found of it. */
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { expectGeneratedPart } from '../support/generated-part.ts';
import { CASES } from './cases.ts';
import { HOSTS } from './hosts.ts';

const PAGE = fileURLToPath(new URL('../../docs/hosts.md', import.meta.url));
const BEGIN = '<!-- made by test/hosts/table.test.ts: npx vitest run test/hosts/table.test.ts -u -->\n';
const END = '<!-- end -->\n';

/** A section for each host that lacks something. */
function table(): string {
	const whole = Object.keys(HOSTS).filter((name) => Object.keys(HOSTS[name]?.lacks ?? {}).length === 0);
	let text = `${CASES.length} parts, of which these do all that their version of HTTP has:\n\n`;
	for (const name of whole) text += `- ${name}\n`;
	for (const [name, { lacks }] of Object.entries(HOSTS)) {
		if (whole.includes(name)) continue;
		text += `\n### ${name}\n\n| lacks | because |\n| --- | --- |\n`;
		for (const { name } of CASES) if (lacks[name] !== undefined) text += `| ${name} | ${lacks[name]} |\n`;
	}
	return text;
}

test('HOST-21: docs/hosts.md names what each host lacks, and why', async () => {
	await expectGeneratedPart(PAGE, BEGIN, END, table());
});

test('HOST-21: a host lacks nothing but parts of the contract', () => {
	const names = new Set(CASES.map(({ name }) => name));
	expect(names.size).toBe(CASES.length);
	for (const { lacks, version } of Object.values(HOSTS)) {
		for (const name of Object.keys(lacks)) {
			const { only } = CASES.find((one) => one.name === name) ?? {};
			expect([name, names.has(name), only === undefined || only === version]).toEqual([name, true, true]);
		}
	}
});

test('HOST-20: serve() lacks nothing on any runtime', () => {
	const ours = Object.entries(HOSTS).filter(([name]) => name.startsWith('serve() on '));
	for (const runtime of ['Node', 'Bun', 'Deno']) {
		expect(ours.filter(([name]) => name.includes(runtime)).length, runtime).toBeGreaterThanOrEqual(5);
	}
	expect(ours.filter(([, { lacks }]) => Object.keys(lacks).length > 0)).toEqual([]);
});
