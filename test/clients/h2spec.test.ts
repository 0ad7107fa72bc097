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
	const installed = join(process.env.GOBIN ?? join(process.env.GOPATH ?? join(homedir(), 'go'), 'bin'), 'h2spec');
	return existsSync(installed) ? installed : 'h2spec';
}

test.each([
	{ name: 'plain', tls: false },
	{ name: 'TLS', tls: true },
])(
	'h2spec --strict, $name',
	async ({ tls }) => {
		const { app } = routesApp();
		// A plain port that speaks HTTP/1.1 too answers a broken preface with 400 (RFC 9112 §2.2), which h2spec cannot know.
		const { port } = tls ? await servedTls(app) : await served(app, { versions: '2' });
		const result = await command(h2spec(), [
			'--strict',
			'--timeout',
			'5',
			'--port',
			String(port),
			'--path',
			'/hello',
			...(tls ? ['--tls', '--insecure'] : []),
		]);
		const summary = /(\d+) tests, (\d+) passed, (\d+) skipped, (\d+) failed/.exec(result.stdout);
		expect(summary, result.stdout).not.toBeNull();
		const [tests, passed, skipped, failed] = (summary ?? []).slice(1).map(Number);
		expect({ skipped, failed }, result.stdout).toEqual({ skipped: 0, failed: 0 });
		expect(tests).toBeGreaterThanOrEqual(146);
		expect(passed).toBe(tests);
	},
	300_000,
);
