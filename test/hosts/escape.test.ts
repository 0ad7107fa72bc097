/** The escape on Bun and on Deno: by serve(), all that it does on Node.js; by their own servers, what these can do. */
import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { request } from 'node:http';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import WebSocket from 'ws';
import { type BuiltProject, builtProject } from '../support/built-package.ts';
import { compatInstalled } from '../support/compat-package.ts';
import { tagIn } from '../support/tag-watch/tag-scan.ts';
import { childHost } from './child-host.ts';

const BIN = fileURLToPath(new URL('../../compat/node_modules/.bin/', import.meta.url));
const RUN = {
	Bun: [`${BIN}bun`, '--no-install'],
	Deno: [`${BIN}deno`, 'run', '--allow-all', '--no-lock', '--no-check', '--cached-only', '--node-modules-dir=manual'],
} as const;

let project: BuiltProject;

interface Told {
	readonly status: number | undefined;
	readonly text: string;
	readonly cookie: string | undefined;
	readonly count: string | undefined;
}

async function ask(url: string, user = true, content?: string): Promise<Told> {
	const asked = request(url, {
		method: content === undefined ? 'GET' : 'POST',
		headers: { te: 'trailers', ...(user ? { 'x-user': 'ann' } : {}) },
		agent: false,
	});
	asked.end(content);
	const [response] = (await once(asked, 'response')) as [IncomingMessage];
	const text = Buffer.concat(await response.toArray()).toString();
	expect(tagIn(JSON.stringify(response.headers) + text)).toBe(null);
	const cookie = response.headers['set-cookie']?.[0];
	return { status: response.statusCode, text, cookie, count: response.trailers['x-count'] };
}

/** What a conversation says, or the status that came instead. */
async function converse(url: string): Promise<string | number> {
	const socket = new WebSocket(url.replace('http', 'ws'), { headers: { 'x-user': 'ann' } });
	return await new Promise((resolve) => {
		socket.on('error', () => {});
		socket.on('unexpected-response', (_request, response: IncomingMessage) => resolve(response.statusCode ?? 0));
		socket.on('open', () => socket.send('hello'));
		socket.on('message', (message) => {
			resolve(String(message));
			socket.close();
		});
	});
}

describe.skipIf(!compatInstalled()).each(Object.entries(RUN))('on %s', (runtime, command) => {
	beforeAll(async () => {
		project = await builtProject(['test/hosts/run-escape.ts']);
	}, 60_000);
	afterAll(async () => {
		await project?.remove();
	});

	test.each([
		['serve()', 'serve'],
		[`${runtime}.serve()`, 'fetch'],
	])(
		'HOST-22, FETCH-34: by %s',
		async (_name, how) => {
			const host = await childHost([...command, 'run-escape.ts', how], project.path);
			try {
				for (const layer of ['fetch', 'fetch-server', 'gateway']) {
					const at = `${host.url}/${layer}`;
					const counted = { status: 200, text: 'one', cookie: 'seen=1', count: how === 'serve' ? '1' : undefined };
					expect(await ask(`${at}/counted`)).toEqual(counted);
					expect((await ask(`${at}/counted`, false)).status).toBe(401);
					expect((await ask(`${at}/echo`, true, 'content')).text).toBe('whole:content');
					expect((await ask(`${at}/events`)).text).toBe('data: one\n\n');
					expect((await ask(`${at}/broken`)).status).toBe(500);
					// Their own servers open no tunnel for a Response: WS-2 has 426 for that.
					expect(await converse(`${at}/socket`)).toBe(how === 'serve' ? 'hello' : 426);
				}
				expect((await ask(`${host.url}/zipped/counted`)).text).toBe('one');
				expect((await ask(`${host.url}/forged`)).status).toBe(500);
			} finally {
				await host.stop();
			}
		},
		60_000,
	);
});
