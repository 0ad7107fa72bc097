/** What peers can write into a log: CWE-117, CWE-150. */
import { rich } from 'rsgi';
import { expect, test, vi } from 'vitest';
import { oneLine } from '../../src/host/node/log.ts';
import { bytes, get, PREFACE, SETTINGS_ACK, settings } from '../support/http2-frames.ts';
import { RawClient } from '../support/raw-client.ts';
import { served, servedTls } from '../support/served.ts';

test('a target with controls of latin-1 reaches no application, and no log', async () => {
	let ran = 0;
	const { port, log } = await served(rich(() => void ran++));
	const client = await new RawClient(port).connected();
	await client.send(bytes(PREFACE, settings(), SETTINGS_ACK, get(1, '/a\x9b2J\x85b')));
	await vi.waitFor(() => expect(log).toHaveLength(1));
	expect(log[0]).toMatchObject({ source: 'peer', message: expect.stringContaining(':path') });
	expect(log[0]?.message).not.toContain('2J');
	expect(ran).toBe(0);
	client.destroy();
});

test('controls in a message are blanks', () => {
	expect(oneLine('GET /a\x9b2J\x85b\r\n')).toBe('GET /a 2J b');
});

test('an error of TLS is one line', async () => {
	const { port, log } = await servedTls(rich(() => {}));
	const client = await new RawClient(port).connected();
	await client.send('GET / HTTP/1.1\r\n\r\n');
	await vi.waitFor(() => expect(log).toHaveLength(1));
	expect(log[0]?.message).toMatch(/^TLS handshake: .*[^\s]$/);
	client.destroy();
});
