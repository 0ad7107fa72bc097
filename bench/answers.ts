/** Whether a server does the work it is measured by: its answers are checked before it is. */

import { request as requestHttp } from 'node:http';
import { connect as connectHttp2 } from 'node:http2';
import { request as requestHttps } from 'node:https';
import { connect as connectTcp } from 'node:net';
import type { Task } from './contestants.ts';
import type { ServerProcess } from './server-process.ts';

interface Answer {
	readonly status: number;
	readonly date: string | undefined;
	readonly content: Buffer;
}

/** Of what a template makes it is looked at otherwise. */
const PAGE = { path: '/page', send: undefined, content: null };
const HELLO = { path: '/hello', content: Buffer.from('Hello, world!') };
/** What each task must answer. */
const EXPECTED: Readonly<
	Record<
		Exclude<Task, 'hold' | 'push' | 'websocket' | 'broadcast' | 'wsgi-page'>,
		{ path: string; send?: Buffer; content: Buffer }
	>
> = {
	hello: HELLO,
	node: HELLO,
	fetch: HELLO,
	hono: HELLO,
	escape: HELLO,
	'wsgi-hello': HELLO,
	bytes: { path: '/bytes/65536', content: Buffer.alloc(65_536, 'x') },
	upload: { path: '/upload', send: Buffer.alloc(100_000, 'x'), content: Buffer.from('100000') },
	echo: { path: '/echo', send: Buffer.alloc(100_000, 'x'), content: Buffer.alloc(100_000, 'x') },
};

/**
 * Asks once and compares: the status, a current Date, and every octet of the content. (For /push, /hold and WebSockets
 * the load generators check by themselves.)
 * @throws Error that says what was wrong
 */
export async function checkAnswer(server: ServerProcess, task: Task): Promise<void> {
	if (task === 'hold' || task === 'push' || task === 'websocket' || task === 'broadcast') return;
	const { protocol } = server.start;
	const ask = protocol === 'h1' || protocol === 'h1s' ? http1 : http2;
	const isPage = task === 'wsgi-page';
	const { path: usual, send, content } = isPage ? PAGE : EXPECTED[task];
	const path = server.contestant.path ?? usual;
	const answer = await ask(server, path, send);
	if (answer.status !== 200) throw new Error(`${path} was answered ${answer.status}`);
	if (content === null ? !isWholePage(answer.content) : !answer.content.equals(content))
		throw new Error(`${path} was answered with other content (${answer.content.length} octets)`);
	if (server.contestant.lacksDate === true) return;
	const skew = Math.abs(Date.parse(answer.date ?? '') - Date.now());
	if (!(skew < 5000)) throw new Error(`${path} was answered without a current Date: ${answer.date}`);
}

/** Whether it is the page that the application of Python makes. */
function isWholePage(content: Buffer): boolean {
	const text = content.toString('utf8');
	return text.startsWith('<!doctype html>') && text.split('<article ').length === 17 && text.endsWith('</html>');
}

/**
 * Whether it refuses a request that breaks the rules: a space within a field name (RFC 9112 §5.1), or a field name in
 * upper case (RFC 9113 §8.2.1).
 */
export async function validates(server: ServerProcess): Promise<boolean> {
	const { protocol, port } = server.start;
	if (protocol !== 'h1') return true;
	const answer = await new Promise<string>((resolve) => {
		let text = '';
		const socket = connectTcp(port, '127.0.0.1', () =>
			socket.write('GET /hello HTTP/1.1\r\nHost: a\r\nBad Name: 1\r\n\r\n'),
		);
		socket.on('data', (bytes) => {
			text += bytes.toString('latin1');
			socket.destroy();
		});
		socket.on('error', () => {});
		socket.on('close', () => resolve(text));
		socket.setTimeout(2000, () => socket.destroy());
	});
	return !answer.startsWith('HTTP/1.1 200');
}

function http1(server: ServerProcess, path: string, send: Buffer | undefined): Promise<Answer> {
	const { protocol, port } = server.start;
	const request = protocol === 'h1s' ? requestHttps : requestHttp;
	return new Promise((resolve, reject) => {
		const options = {
			host: '127.0.0.1',
			port,
			path,
			method: send ? 'POST' : 'GET',
			rejectUnauthorized: false,
			agent: false,
		};
		const asked = request(options as object, (response) => {
			const blocks: Buffer[] = [];
			response.on('data', (block: Buffer) => blocks.push(block));
			response.on('error', reject);
			response.on('end', () =>
				resolve({ status: response.statusCode ?? 0, date: response.headers.date, content: Buffer.concat(blocks) }),
			);
		});
		asked.on('error', reject);
		if (send) asked.setHeader('content-length', send.length);
		asked.end(send);
	});
}

function http2(server: ServerProcess, path: string, send: Buffer | undefined): Promise<Answer> {
	const { protocol, port } = server.start;
	return new Promise((resolve, reject) => {
		const session = connectHttp2(`${protocol === 'h2' ? 'https' : 'http'}://127.0.0.1:${port}`, {
			rejectUnauthorized: false,
		});
		session.on('error', reject);
		const stream = session.request({ ':path': path, ':method': send ? 'POST' : 'GET' });
		const blocks: Buffer[] = [];
		let status = 0;
		let date: string | undefined;
		stream.on('response', (headers) => {
			status = headers[':status'] ?? 0;
			date = headers.date;
		});
		stream.on('data', (block: Buffer) => blocks.push(block));
		stream.on('error', reject);
		stream.on('end', () => {
			session.close();
			resolve({ status, date, content: Buffer.concat(blocks) });
		});
		stream.end(send);
	});
}
