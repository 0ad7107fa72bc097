/** Validators on both sides of every adapter, over sockets: our own server and adapters break no rule. */
import { duplex, rich } from 'rsgi';
import { adapt } from 'rsgi/adapters';
import { lighten } from 'rsgi/gateway';
import { type ValidatedApp, validate } from 'rsgi/validate';
import { expect, test } from 'vitest';
import { Findings } from '../support/findings.ts';
import { served } from '../support/served.ts';

const echo = rich(async (exchange) => {
	const { content, write, end } = duplex(exchange);
	exchange.respond(200, ['x-kept', 'yes']);
	for await (const chunk of content) await write(chunk);
	await write(new Uint8Array(100));
	end(new Uint8Array(200_000));
});

test('VALID-2, VALID-4: a rich application through lite, text, bytes and back, with a validator at each step', async () => {
	const findings = new Findings();
	const checked = <App extends ValidatedApp>(
		app: App,
		below: 'application' | 'middleware',
		above: 'server' | 'middleware',
	): App => validate(app, { ...findings.options, below, above });
	const bytesApp = checked(adapt(checked(echo, 'application', 'middleware'), 'gateway'), 'middleware', 'middleware');
	const liteApp = checked(lighten(bytesApp), 'middleware', 'middleware');
	const textApp = checked(adapt(liteApp, 'text'), 'middleware', 'middleware');
	const whole = checked(
		adapt(checked(adapt(textApp, 'gateway'), 'middleware', 'middleware'), 'rich'),
		'middleware',
		'server',
	);
	const { url, server } = await served(whole);

	for (const content of ['', 'hello', 'x'.repeat(300_000)]) {
		const response = await fetch(`${url}/%ff?a=b`, { method: 'POST', body: content });
		expect(response.headers.get('x-kept')).toBe('yes');
		expect(await response.text()).toHaveLength(content.length + 200_100);
	}
	expect((await fetch(url, { method: 'HEAD' })).status).toBe(200);
	const left = new AbortController();
	const response = await fetch(url, { signal: left.signal });
	left.abort();
	await expect(response.text()).rejects.toThrow();
	await server.close();
	expect(findings.all).toEqual([]);
});
