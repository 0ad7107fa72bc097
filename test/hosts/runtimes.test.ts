/** The contract on Bun and Deno: serve() of the package as it is built, and the runtimes' own servers. */
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect } from 'vitest';
import { type BuiltProject, builtProject } from '../support/built-package.ts';
import { compatInstalled } from '../support/compat-package.ts';
import { testCertificate } from '../support/served.ts';
import { type ChildHost, childHost } from './child-host.ts';
import type { Endpoint } from './client.ts';
import { contract, type RunningHost } from './contract.ts';

const BIN = fileURLToPath(new URL('../../compat/node_modules/.bin/', import.meta.url));
const RUN = {
	Bun: [`${BIN}bun`, '--no-install'],
	Deno: [`${BIN}deno`, 'run', '--allow-all', '--no-lock', '--no-check', '--cached-only', '--node-modules-dir=manual'],
} as const;
const FILES = ['fixture-app.ts', 'run-serve.ts', 'run-fetch.ts'].map((name) => `test/hosts/${name}`);

let project: BuiltProject;

async function serving(
	command: readonly string[],
	options: object,
	endpoint: Omit<Endpoint, 'origin'>,
): Promise<RunningHost> {
	const host = await childHost([...command, 'run-serve.ts', JSON.stringify(options)], project.path);
	return running(host, { origin: host.url.startsWith('unix:') ? 'http://localhost' : host.url, ...endpoint }, 'closed');
}

function running(host: ChildHost, endpoint: Endpoint, last: string): RunningHost {
	return {
		endpoint,
		async stop() {
			expect(await host.stop()).toContain(last);
		},
	};
}

describe.skipIf(!compatInstalled())('runtimes', () => {
	beforeAll(async () => {
		project = await builtProject(FILES);
	}, 60_000);
	afterAll(async () => {
		await project?.remove();
	});

	for (const [runtime, command] of Object.entries(RUN)) {
		const where = { port: 0 };
		contract(`serve() on ${runtime}, HTTP/1.1`, () => serving(command, where, { version: '1.1' }));
		contract(`serve() on ${runtime}, HTTP/2`, () => serving(command, where, { version: '2' }));
		contract(`serve() on ${runtime}, HTTP/1.1 over TLS`, async () => {
			const tls = await testCertificate();
			return await serving(command, { ...where, tls }, { version: '1.1', ca: tls.cert });
		});
		contract(`serve() on ${runtime}, HTTP/2 over TLS`, async () => {
			const tls = await testCertificate();
			return await serving(command, { ...where, tls }, { version: '2', ca: tls.cert });
		});
		contract(`serve() on ${runtime}, Unix socket`, async () => {
			const unix = join(tmpdir(), `rsgi-${runtime}-${process.pid}.sock`);
			return await serving(command, { unix }, { version: '1.1', socketPath: unix });
		});
		contract(`${runtime}.serve()`, async () => {
			const host = await childHost([...command, 'run-fetch.ts'], project.path);
			return running(host, { version: '1.1', origin: host.url }, 'url');
		});
	}

	contract('Deno.serve(), HTTP/2', async () => {
		const tls = await testCertificate();
		const host = await childHost([...RUN.Deno, 'run-fetch.ts', JSON.stringify(tls)], project.path);
		return running(host, { version: '2', origin: host.url, ca: tls.cert }, 'url');
	});
});
