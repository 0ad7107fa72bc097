import { describe, test } from 'vitest';
import { CONDITIONS } from './escape-cases/conditions.ts';
import { PAGES, STATUS } from './escape-cases/pages.ts';
import { Client } from './escape-cases/client.ts';

const CASES = [...CONDITIONS, ...STATUS, ...PAGES];
describe.each(['HTTP/1.1', 'HTTP/2'] as const)('over %s', (version) => {
	for (const { title, rules, seenIn } of CASES) {
		describe(`${rules}: ${title}`, () => {
			for (const [name, see] of Object.entries(seenIn)) test(name, () => see(new Client(version)));
		});
	}
});
