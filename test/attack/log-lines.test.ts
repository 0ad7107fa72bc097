/** What peers can write into a log: CWE-117, CWE-150. */
import { rich } from 'rsgi';
import { expect, test, vi } from 'vitest';
import { bytes, get, PREFACE, SETTINGS_ACK, settings } from '../support/http2-frames.ts';
import { RawClient } from '../support/raw-client.ts';
import { served, servedTls } from '../support/served.ts';

test('a target with controls of latin-1 does not steer a terminal', async () => {
	const app = rich(() => {
		throw new Error('on purpose');
	});
	const { port, log } = await served(app);
	const client = await new RawClient(port).connected();
	await client.send(bytes(PREFACE, settings(), SETTINGS_ACK, get(1, '/a\x9b2J\x85b')));
	await vi.waitFor(() => expect(log).toHaveLength(1));
	expect(log[0]?.message).toMatch(/GET \/a 2J b$/);
	client.destroy();
});

test('an error of TLS is one line', async () => {
	const { port, log } = await servedTls(rich(() => {}));
	const client = await new RawClient(port).connected();
	await client.send('GET / HTTP/1.1\r\n\r\n');
	await vi.waitFor(() => expect(log).toHaveLength(1));
	expect(log[0]?.message).toMatch(/^TLS handshake: .*[^\s]$/);
	client.destroy();
});
