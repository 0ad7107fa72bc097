/** What the package may do to those who install it: nothing. And what its servers say of themselves: nothing either. */
import { readFileSync } from 'node:fs';
import { rich, serve } from 'rsgi';
import { expect, test } from 'vitest';
import { probe } from '../support/raw-client.ts';

const manifest = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
	version: string;
	scripts: Record<string, string>;
	dependencies?: object;
	publishConfig?: { access?: string; provenance?: boolean };
	files: string[];
};

test('there are no scripts that run where the package is installed, and no runtime dependencies', () => {
	const run = ['preinstall', 'install', 'postinstall', 'preprepare', 'prepare', 'postprepare', 'dependencies'];
	expect(Object.keys(manifest.scripts).filter((name) => run.includes(name))).toEqual([]);
	expect(manifest.dependencies ?? {}).toEqual({});
});

test('the lockfile installs nothing for the package but what develops it, and all of it from the registry, by its hash', () => {
	interface Locked {
		readonly dev?: boolean;
		readonly peer?: boolean;
		readonly optional?: boolean;
		readonly devOptional?: boolean;
		readonly resolved?: string;
		readonly integrity?: string;
	}
	const lock = JSON.parse(readFileSync(new URL('../../package-lock.json', import.meta.url), 'utf8')) as {
		packages: Record<string, Locked & { dependencies?: object }>;
	};
	expect(lock.packages['']?.dependencies ?? {}).toEqual({});
	const installed = Object.entries(lock.packages).filter(([path]) => path !== '');
	expect(installed.length).toBeGreaterThan(50);
	const runtime = installed.filter(([, { dev, peer, devOptional }]) => !dev && !peer && !devOptional);
	expect(runtime.map(([path]) => path)).toEqual([]);
	// Of what is for other machines npm writes no hash where it has not seen it.
	const unhashed = installed.filter(([, { optional, integrity }]) => !optional && !/^sha512-/.test(integrity ?? ''));
	expect(unhashed.map(([path]) => path)).toEqual([]);
	const elsewhere = installed.filter(
		([, { resolved }]) => resolved !== undefined && !resolved.startsWith('https://registry.npmjs.org/'),
	);
	expect(elsewhere.map(([path]) => path)).toEqual([]);
});

test('it is published with provenance', () => {
	expect(manifest.publishConfig).toEqual({ access: 'public', provenance: true });
});

test('no response names the server or its version', async () => {
	const app = rich((exchange) => {
		if (exchange.target === '/fails') throw new Error('on purpose');
		exchange.respond(204);
		exchange.end();
	});
	const server = await serve(app, { log: () => {} });
	const port = server.address.family === 'unix' ? 0 : server.address.port;
	for (const target of ['/', '/fails', 'not a target']) {
		const response = await probe(port, target);
		expect(response).toMatch(/^HTTP\/1\.1 (?:204|500|400) /);
		expect(response).not.toMatch(/^(?:server|x-powered-by|via):/im);
		expect(response.toLowerCase()).not.toMatch(/rsgi|node/);
		expect(response).not.toContain(manifest.version);
	}
	await server.close();
});
