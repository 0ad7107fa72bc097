/** Applications of frameworks, as people write them, served by `rsgi serve` without a line of ours in them. */
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { command } from '../support/command.ts';
import { compatInstalled } from '../support/compat-package.ts';
import { ENTRIES, wordsOf } from '../support/framework-commands.ts';
import { Running } from '../support/running.ts';

describe.skipIf(!compatInstalled())('entries of frameworks', () => {
	test.each(ENTRIES)('$run', async (entry) => {
		const { args } = wordsOf(entry);
		const cwd = fileURLToPath(new URL(`../../compat/${entry.folder}`, import.meta.url));
		const run = new Running('src/cli/main.ts', [...args, '--port', '0'], { cwd, env: { NODE_ENV: 'production' } });
		const [, url = ''] = await run.prints(/^Listening on (\S+)$/m);
		for (const version of ['--http1.1', '--http2-prior-knowledge']) {
			const { code, stdout } = await command('curl', ['-s', version, `${url}/?query={hello}`, '-g']);
			expect({ code, stdout }).toEqual({ code: 0, stdout: expect.stringContaining('hello from ') });
		}
		run.signal('SIGTERM');
		expect(await run.ended).toMatchObject({ code: 0, stderr: expect.not.stringContaining('failed') });
	});

	test('NODE-26: a WebSocket of ws, which hangs on the server that is exported', async () => {
		const cwd = fileURLToPath(new URL('../../compat/entries', import.meta.url));
		const run = new Running('src/cli/main.ts', ['serve', 'server.js', '--port', '0'], { cwd });
		const [, url = ''] = await run.prints(/^Listening on (\S+)$/m);
		const socket = new WebSocket(url.replace('http', 'ws'));
		socket.onopen = () => socket.send('socket');
		const said = new Promise((resolve, reject) => {
			socket.onmessage = ({ data }) => resolve(data);
			socket.onerror = () => reject(new Error('There is no WebSocket.'));
		});
		expect(await said).toBe('hello, socket');
		socket.close();
	});
});
