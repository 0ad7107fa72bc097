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
