/** h2spec, the conformance suite for RFC 9113 and RFC 7541, whole and strict. */
import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { command } from '../support/command.ts';
import { routesApp } from '../support/routes-app.ts';
import { served, servedTls } from '../support/served.ts';

/** Where `go install` puts it, or on the PATH. */
function h2spec(): string {
	const installed = join(process.env['GOBIN'] ?? join(process.env['GOPATH'] ?? join(homedir(), 'go'), 'bin'), 'h2spec');
	return existsSync(installed) ? installed : 'h2spec';
}

test.each([
	{ name: 'plain', tls: false },
	{ name: 'TLS', tls: true },
])(
	'h2spec --strict, $name',
	async ({ tls }) => {
		const { app } = routesApp();
		const { port } = tls ? await servedTls(app) : await served(app);
		const result = await command(h2spec(), [
			'--strict',
			'--timeout',
			'5',
			'--port',
			String(port),
			'--path',
			'/echo',
			...(tls ? ['--tls', '--insecure'] : []),
		]);
		const summary = /(\d+) tests, (\d+) passed, (\d+) skipped, (\d+) failed/.exec(result.stdout);
		expect(summary, result.stdout).not.toBeNull();
		expect(result.stdout.slice(result.stdout.indexOf('Failures:')), 'failures').not.toContain('×');
		expect(Number(summary?.[1])).toBeGreaterThanOrEqual(146);
		expect(Number(summary?.[4])).toBe(0);
		expect(Number(summary?.[3])).toBeLessThanOrEqual(1);
	},
	300_000,
);
