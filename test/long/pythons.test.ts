/** All of the tests of the Python side, with each CPython from 3.9 on that the machine has. */
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { pythons } from '../../scripts/pythons.ts';
import { childRun } from '../support/child-run.ts';
import { record } from '../support/record.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const FILES = [
	'environ',
	'content',
	'response',
	'channel',
	'lifecycle',
	'not-loaded',
	'attacks',
	'endings',
	'escape.',
	'escape-commands',
];

test.each(pythons())('the tests of WSGI by Python $version', async ({ version, path }) => {
	const command = [
		process.execPath,
		`${ROOT}node_modules/vitest/vitest.mjs`,
		'run',
		...FILES.map((each) => `test/wsgi/${each}`),
	];
	const env = { ...process.env, RSGI_TEST_PYTHON: path, NO_COLOR: '1' };
	const { ended, output } = await childRun(command, { cwd: ROOT, env }, 600_000);
	expect({ ended, output }).toMatchObject({ ended: 0, output: expect.stringMatching(/Tests +\d+ passed/) });
	record(`WSGI by Python ${version}`, `${/Tests +(\d+ passed)/.exec(output)?.[1]}`);
});
