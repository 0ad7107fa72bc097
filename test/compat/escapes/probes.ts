/** What the matrix asks of a site: each probe says in a word or two what came, and fails the test for what may never come. */
import { once } from 'node:events';
import { get, type IncomingMessage } from 'node:http';
import { type ClientHttp2Session, connect } from 'node:http2';
import { dirname } from 'node:path';
import { type Client, credentials, loadPackageDefinition, Metadata, type ServiceError } from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';
import { request as undiciRequest } from 'undici';
import { expect, onTestFinished } from 'vitest';
import WebSocket from 'ws';
import { command } from '../../support/command.ts';
import { overHttp2 as bridged } from '../../support/http2-bridge.ts';
import { ECHO_PROTO } from '../../support/rpc/echo-service.ts';
import { tagIn } from '../../support/tag-watch/tag-scan.ts';
import type { Place } from './hosts.ts';

/** What a user sends. */
export const USER = { 'x-user': 'ann' };
/** Where a host has no HTTP/2. */
const NO_HTTP2 = 'no HTTP/2';

/** An answer, whole. */
export interface Told {
	readonly status: number;
	readonly fields: Record<string, string | string[] | undefined>;
	readonly text: string;
	readonly trailers: Record<string, string>;
	readonly informed: readonly string[];
	readonly pushed: readonly string[];
}

/** No client ever sees anything of a placeholder. */
function unseen(told: Told): Told {
	expect(tagIn(JSON.stringify(told))).toBe(null);
	expect(JSON.stringify(told)).not.toContain('vnd.rsgi');
	return told;
}

/** What middleware has put on a response that an application took over. */
export function expectMarked(fields: Told['fields'], site: string): void {
	expect(fields['x-site']).toBe(site);
	expect(String(fields['set-cookie'])).toMatch(/seen[=.]/);
}

async function session(url: string): Promise<ClientHttp2Session> {
	const made = connect(url);
	onTestFinished(() => made.destroy());
	made.on('error', () => {});
	await once(made, 'remoteSettings');
	return made;
}

/** A request by node:http2. */
export async function overHttp2(url: string, path: string, given: Record<string, string>): Promise<Told> {
	const made = await session(url);
	const pushed: string[] = [];
	made.on('stream', (stream, headers) => {
		pushed.push(String(headers[':path']));
		stream.on('error', () => {});
		stream.resume();
	});
	const stream = made.request({ ':path': path, 'accept-encoding': 'gzip', ...given });
	let trailers: Record<string, string> = {};
	const informed: string[] = [];
	stream.on('trailers', (sent: Record<string, string>) => {
		trailers = Object.fromEntries(Object.entries(sent));
	});
	stream.on('headers', (sent: Record<string, unknown>) => informed.push(`${sent[':status']} ${sent.link}`));
	const [fields] = (await once(stream, 'response')) as [Record<string, string | string[]>];
	const text = Buffer.concat(await stream.toArray()).toString();
	return unseen({ status: Number(fields[':status']), fields, text, trailers, informed, pushed });
}

/** A request by node:http. */
export async function overHttp1(url: string, path: string, headers: Record<string, string>): Promise<Told> {
	const request = get(`${url}${path}`, { headers: { connection: 'close', te: 'trailers', ...headers } });
	const informed: string[] = [];
	request.on('information', ({ statusCode, headers: sent }) => informed.push(`${statusCode} ${sent.link}`));
	const [response] = (await once(request, 'response')) as [IncomingMessage];
	const text = Buffer.concat(await response.toArray()).toString();
	const trailers = response.trailers as Record<string, string>;
	return unseen({ status: response.statusCode ?? 0, fields: response.headers, text, trailers, informed, pushed: [] });
}

/** A feature of the table, as a column. */
export interface Feature {
	readonly title: string;
	ask(place: Place, site: string): Promise<string>;
}

/** The word of a cell for an answer that is not the application's own. */
const refusal = (status: number): string => String(status);

/** A conversation of ws. */
async function converse(url: string, site: string, expected: string): Promise<string> {
	const socket = new WebSocket(`${url}/to/socket`, { headers: USER });
	const refused = new Promise<number>((resolve) =>
		socket.on('unexpected-response', (request, response: IncomingMessage) => {
			resolve(response.statusCode ?? 0);
			request.destroy();
		}),
	);
	socket.on('error', () => {});
	const upgraded = once(socket, 'upgrade') as Promise<[IncomingMessage]>;
	const opened = once(socket, 'open');
	const first = await Promise.race([refused, upgraded.catch((error: Error) => error)]);
	if (typeof first === 'number') return refusal(first);
	if (first instanceof Error) return refusal(await refused);
	expectMarked(first[0].headers, site);
	await opened;
	socket.send('hello');
	expect(String((await once(socket, 'message'))[0])).toBe(`${expected}: hello`);
	socket.close();
	await once(socket, 'close');
	const turnedAway = new WebSocket(`${url}/to/socket`);
	const [error] = (await once(turnedAway, 'error').catch((failed: Error) => [failed])) as [Error];
	expect(error.message).toContain('401');
	return 'yes';
}

interface EchoClient extends Client {
	unary(
		message: object,
		metadata: Metadata,
		done: (error: ServiceError | null, reply?: { text: string }) => void,
	): unknown;
}

async function byGrpcJs(host: string, metadata: Metadata): Promise<string> {
	const loaded = loadPackageDefinition(loadSync(ECHO_PROTO)) as unknown as {
		test: { Echo: new (address: string, given: unknown) => EchoClient };
	};
	const client = new loaded.test.Echo(host, credentials.createInsecure());
	onTestFinished(() => client.close());
	return await new Promise((resolve) =>
		client.unary({ text: 'hi' }, metadata, (error, reply) => resolve(error?.message ?? String(reply?.text))),
	);
}

async function byGrpcurl(host: string, ...flags: string[]): ReturnType<typeof command> {
	const proto = ['-import-path', dirname(ECHO_PROTO), '-proto', 'echo.proto'];
	return await command('grpcurl', ['-plaintext', ...proto, ...flags, '-d', '{"text":"hi"}', host, 'test.Echo/Unary']);
}

export const FEATURES: readonly Feature[] = [
	{
		title: 'WebSocket, HTTP/1.1',
		ask: ({ h1 }, site) => converse(h1.replace('http', 'ws'), site, 'GET websocket of HTTP/1.1'),
	},
	{
		title: 'WebSocket, HTTP/2',
		async ask({ h2 }, site) {
			if (h2 === null) return NO_HTTP2;
			const { remoteSettings } = await session(h2);
			if (remoteSettings.enableConnectProtocol !== true) return 'not announced';
			return await converse(await bridged(h2), site, 'CONNECT websocket of HTTP/2');
		},
	},
	{
		title: 'trailer fields',
		async ask({ h1, h2 }, site) {
			const told = await overHttp1(h1, '/to/trailers', USER);
			if (told.status !== 200) return refusal(told.status);
			expect([told.text, told.trailers]).toEqual(['counted', { 'x-count': '7' }]);
			expectMarked(told.fields, site);
			const { stdout } = await command('curl', ['-s', '--http1.1', '-i', '-H', 'x-user: ann', `${h1}/to/trailers`]);
			expect(stdout).toMatch(/counted[\s\S]*x-count: 7/);
			const undici = await undiciRequest(`${h1}/to/trailers`, { headers: USER });
			expect([await undici.body.text(), undici.trailers]).toEqual(['counted', { 'x-count': '7' }]);
			if (h2 === null) return 'yes';
			const second = await overHttp2(h2, '/to/trailers', USER);
			expect([second.status, second.text, second.trailers]).toEqual([200, 'counted', { 'x-count': '7' }]);
			expectMarked(second.fields, site);
			return 'yes';
		},
	},
	{
		title: 'push, else 103',
		async ask({ h1, h2 }, site) {
			// Over HTTP/1.1 browsers are told, since other clients may take a 103 for the response.
			const told = await overHttp1(h1, '/to/associated', { ...USER, 'sec-fetch-mode': 'navigate' });
			if (told.status !== 200) return refusal(told.status);
			expect([told.text, told.informed]).toEqual(['<p>styled', ['103 </style.css>; rel=preload; as=style']]);
			if (h2 === null) return '103';
			const second = await overHttp2(h2, '/to/associated', USER);
			expect([second.status, second.text, second.pushed]).toEqual([200, '<p>styled', ['/style.css']]);
			expectMarked(second.fields, site);
			const { stdout } = await command('nghttp', ['-v', '-H', 'x-user: ann', `${h2}/to/associated`]);
			expect(stdout).toMatch(/:path: \/style\.css\n[\s\S]*recv PUSH_PROMISE/);
			expect(stdout).toContain('body{}');
			expect(stdout).not.toContain('rsgi');
			return 'yes';
		},
	},
	{
		title: 'gRPC',
		async ask({ h1, h2 }) {
			if (h2 === null) return NO_HTTP2;
			const { host } = new URL(h2);
			const user = new Metadata();
			user.set('x-user', 'ann');
			expect(JSON.parse((await byGrpcurl(host, '-H', 'x-user: ann')).stdout)).toEqual({ text: 'HI' });
			expect(await byGrpcJs(host, user)).toBe('HI');
			const refused = await byGrpcurl(host);
			expect([refused.code === 0, refused.stdout]).toEqual([false, '']);
			// Node.js resets a stream whose request is unread when its response has ended, and these clients tell of the reset.
			const isReset = h1 !== h2;
			expect(refused.stderr).toMatch(isReset ? /Unauthenticated|Internal/ : /Unauthenticated/);
			expect(await byGrpcJs(host, new Metadata())).toMatch(isReset ? /UNAUTHENTICATED|INTERNAL/ : /UNAUTHENTICATED/);
			return 'yes';
		},
	},
	{
		title: 'server-sent events',
		async ask({ h1, h2 }, site) {
			for (const [url, ask] of [
				[h1, overHttp1],
				[h2, overHttp2],
			] as const) {
				if (url === null) continue;
				const told = await ask(url, '/to/events', USER);
				if (told.status !== 200) return refusal(told.status);
				expect(told.fields['content-type']).toContain('text/event-stream');
				expect(told.text).toContain('data: one\n\ndata: two\n\n');
				expectMarked(told.fields, site);
			}
			return 'yes';
		},
	},
];
