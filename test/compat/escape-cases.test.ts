/** The cases that break naive escapes, in the order of their list, over real sockets: each with the rule that states what happens. */
import { fileURLToPath } from 'node:url';
import { describe, test } from 'vitest';
import { compatInstalled } from '../support/compat-package.ts';
import { expectGeneratedPart } from '../support/generated-part.ts';
import { CACHES } from './escape-cases/caches.ts';
import type { Case } from './escape-cases/case.ts';
import { Client } from './escape-cases/client.ts';
import { CLIENTS } from './escape-cases/clients.ts';
import { CONDITIONS } from './escape-cases/conditions.ts';
import { ENDS } from './escape-cases/ends.ts';
import { FORGERIES } from './escape-cases/forged.ts';
import { PAGES, STATUS } from './escape-cases/pages.ts';
import { CONTENT, RETRIES } from './escape-cases/requests.ts';
import { DISAGREEING, REWRITTEN } from './escape-cases/rewritten.ts';

const CASES: readonly Case[] = [
	...[...CACHES, ...REWRITTEN, ...CONDITIONS, ...STATUS, ...PAGES, ...RETRIES, ...DISAGREEING],
	...[...CONTENT, ...CLIENTS, ...FORGERIES, ...ENDS],
];

const there = compatInstalled();

const PAGE = fileURLToPath(new URL('../../docs/escapes.md', import.meta.url));
const BEGIN = '<!-- made by test/compat/escape-cases.test.ts: npx vitest run test/compat/escape-cases.test.ts -u -->\n';
const END = '<!-- end of cases -->\n';

describe.skipIf(!there).each(['HTTP/1.1', 'HTTP/2'] as const)('over %s', (version) => {
	for (const { title, rules, seenIn } of CASES) {
		describe(`${rules}: ${title}`, () => {
			for (const [name, see] of Object.entries(seenIn)) test(name, () => see(new Client(version)));
		});
	}
});

test.skipIf(!there)('docs/escapes.md has the table of these cases', async () => {
	await expectGeneratedPart(PAGE, BEGIN, END, table());
});

function table(): string {
	let text = '| case | what happens | rules | seen in |\n| --- | --- | --- | --- |\n';
	for (const { title, happens, rules, seenIn } of CASES) {
		text += `| ${title} | ${happens} | ${rules} | ${Object.keys(seenIn).join('; ')} |\n`;
	}
	return text;
}
