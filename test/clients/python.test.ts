/** Python's h2, which shows what is on the wire, and httpx over HTTP/1.1 and HTTP/2. */
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { succeed } from '../support/command.ts';
import { routesApp } from '../support/routes-app.ts';
import { served, servedTls } from '../support/served.ts';

/** The system's Python, whose packages are Debian's. */
const PYTHON = '/usr/bin/python3';
const CLIENT = fileURLToPath(new URL('../support/h2-client.py', import.meta.url));

describe("Python's h2", () => {
	async function h2(command: string): Promise<unknown> {
		const { port } = await served(routesApp().app);
		return JSON.parse(await succeed(PYTHON, [CLIENT, command, '127.0.0.1', String(port)]));
	}

	test('RICH-42: a field marked sensitive is a never-indexed literal, each time', async () => {
		expect(await h2('never-indexed')).toEqual({ neverIndexed: [['set-cookie'], ['set-cookie']] });
	});

	test('a window of one byte: every byte arrives, one at a time', async () => {
		expect(await h2('flow')).toEqual({ total: 400, largest: 1 });
	});

	test('RICH-20: trailer fields both ways', async () => {
		const trailers = [
			['x-sum', 'abc'],
			['x-sum', 'def'],
		];
		expect(await h2('trailers')).toEqual({ seen: 'from python', trailers });
	});
});

describe.each([
	{ name: 'HTTP/1.1', http2: false },
	{ name: 'HTTP/2', http2: true },
])('httpx, $name', ({ http2 }) => {
	const SCRIPT = `
import httpx, json, sys
with httpx.Client(http1=${http2 ? 'False' : 'True'}, http2=${http2 ? 'True' : 'False'}, verify=False) as client:
    url = sys.argv[1]
    hello = client.get(url + "/hello")
    echoed = client.post(url + "/echo", content=(bytes([i]) * 10000 for i in range(50)))
    print(json.dumps({
        "version": hello.http_version,
        "text": hello.text,
        "echoed": echoed.content == b"".join(bytes([i]) * 10000 for i in range(50)),
        "none": client.get(url + "/none").status_code,
        "error": client.get(url + "/throw").status_code,
    }))
`;

	test('requests on one connection, a streamed upload among them', async () => {
		const { url } = await servedTls(routesApp().app);
		expect(JSON.parse(await succeed(PYTHON, ['-c', SCRIPT, url]))).toEqual({
			version: http2 ? 'HTTP/2' : 'HTTP/1.1',
			text: 'hello, world\n',
			echoed: true,
			none: 204,
			error: 500,
		});
	});
});
