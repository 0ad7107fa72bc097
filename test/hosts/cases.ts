/** The contract: what a client sees of the same application on every host. */
import { createHash, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { expect } from 'vitest';
import { type Client, field, type Opened } from './client.ts';
import { pattern } from './fixture-app.ts';

/** One part of the contract. */
export interface Case {
	/** As the table of docs/hosts.md has it. */
	readonly name: string;
	/** Only to this version of HTTP. */
	readonly only?: '1.1' | '2';
	readonly run: (client: Client) => Promise<void>;
}

const MiB = 1024 * 1024;

function textOf(content: Uint8Array): string {
	return Buffer.from(content).toString();
}

async function json<T>(client: Client, target: string): Promise<T> {
	const { status, content } = await client.get(target);
	expect(status).toBe(200);
	return JSON.parse(textOf(content)) as T;
}

interface Note {
	readonly outcome: { readonly reason: string; readonly code: number } | null;
	readonly bytes: number;
	readonly done: boolean;
}

/** Asks until it is so; the bound is for hosts where it never is. */
async function noted(client: Client, id: string, so: (note: Note) => boolean): Promise<Note> {
	for (let round = 0; ; round++) {
		const note = await json<Note>(client, `/note?id=${id}`);
		if (so(note)) return note;
		if (round === 500) throw new Error(`it never is: ${JSON.stringify(note)}`);
		await new Promise((resolve) => setTimeout(resolve, 20));
	}
}

/** Whether a value stays as it is, while the host has every chance to change it. */
async function settles(read: () => Promise<number>, limit: number): Promise<number> {
	let before = -1;
	for (let same = 0; same < 10; ) {
		const now = await read();
		same = now === before ? same + 1 : 0;
		before = now;
		if (now >= limit) break;
		await new Promise((resolve) => setTimeout(resolve, 10));
	}
	return before;
}

function tunnelOf(opened: Opened): Extract<Opened, { tunnel: unknown }>['tunnel'] {
	if (!('tunnel' in opened)) throw new Error(`no tunnel, but ${opened.head.status} ${textOf(opened.content)}`);
	return opened.tunnel;
}

async function echoes(opened: Opened): Promise<void> {
	const tunnel = tunnelOf(opened);
	expect(field(opened.head.fields, 'x-tunnel')).toBe('open');
	let received = '';
	tunnel.on('data', (chunk: Buffer) => {
		received += chunk.toString();
	});
	const ended = once(tunnel, 'end');
	tunnel.write('one');
	while (!received.includes('one')) await once(tunnel, 'data');
	// Our half ends, and theirs goes on.
	tunnel.end('two');
	await ended;
	expect(received).toBe('onetwobye');
}

interface ShownHead {
	readonly method: string;
	readonly scheme: string;
	readonly authority: string;
	readonly target: string;
	readonly httpVersion: string;
	readonly fields: string[];
	readonly sensitive: string[] | null;
	readonly priority: { readonly urgency: number; readonly incremental: boolean };
	readonly peer: string | null;
	readonly tls: { readonly version: string; readonly alpn: string | null } | null;
}

export const CASES: readonly Case[] = [
	{
		name: 'a response, at once and later',
		async run(client) {
			for (const [target, content] of [
				['/hello', 'hello, world\n'],
				['/later', 'later\n'],
			] as const) {
				const answer = await client.get(target);
				expect([answer.status, textOf(answer.content), answer.whole]).toEqual([200, content, true]);
				expect(field(answer.fields, 'content-type')).toMatch(/^text\/plain/);
			}
		},
	},
	{
		name: 'HEAD, and statuses without content',
		async run(client) {
			const head = await client.call({ method: 'HEAD', target: '/hello' }).answer();
			expect([head.status, head.content.length]).toEqual([200, 0]);
			for (const status of [204, 304, 404]) {
				const answer = await client.get(`/status?is=${status}`);
				expect([answer.status, answer.content.length, answer.whole]).toEqual([status, 0, true]);
				expect(field(answer.fields, 'x-kept')).toBe('yes');
			}
			// The connection is in order behind them.
			expect((await client.get('/hello')).whole).toBe(true);
		},
	},
	{
		name: 'the target, verbatim',
		async run(client) {
			const { target, method } = await json<ShownHead>(client, '/head?a/../b|c&x=%2F&x');
			expect([method, target]).toEqual(['GET', '/head?a/../b|c&x=%2F&x']);
			const missing = await client.get('/a/../b');
			expect(textOf(missing.content)).toBe('no route /a/../b\n');
		},
	},
	{
		name: 'request field lines in order, with duplicates',
		async run(client) {
			const sent = ['X-One', '1', 'X-Two', '2', 'X-One', '3'];
			const answer = await client.call({ target: '/head', fields: sent }).answer();
			const { fields } = JSON.parse(textOf(answer.content)) as ShownHead;
			const lines = [];
			for (let at = 0; at < fields.length; at += 2) {
				if (/^x-/i.test(fields[at] as string)) lines.push(fields[at], fields[at + 1]);
			}
			// This client puts lines of one name together on HTTP/2, in lower case.
			expect(lines).toEqual(client.version === '2' ? ['x-one', '1', 'x-one', '3', 'x-two', '2'] : sent);
		},
	},
	{
		name: 'latin-1 in field values',
		async run(client) {
			const { fields } = await client.get('/latin1');
			expect(field(fields, 'x-name')).toBe('caf\xe9');
		},
	},
	{
		name: 'response field lines in order, with duplicates',
		async run(client) {
			const { fields } = await client.get('/lines');
			const lines = fields.filter((_, at) => /^x-/i.test(fields[at - (at % 2)] as string));
			const sent = ['X-One', '1', 'X-Two', '2', 'X-One', '3'];
			expect(lines).toEqual(client.version === '2' ? sent.map((line) => line.toLowerCase()) : sent);
		},
	},
	{
		name: 'Set-Cookie, a line each',
		async run(client) {
			const { fields } = await client.get('/cookies');
			const cookies = fields.filter((_, at) => at % 2 === 1 && fields[at - 1]?.toLowerCase() === 'set-cookie');
			expect(cookies).toEqual(['a=1', 'b=2; Path=/']);
		},
	},
	{
		name: 'the reason phrase',
		only: '1.1',
		async run(client) {
			expect((await client.get('/reason')).reason).toBe('Very Fine');
		},
	},
	{
		name: 'fields that are never indexed',
		only: '2',
		async run(client) {
			expect((await client.get('/sensitive')).sensitive).toEqual(['x-secret']);
		},
	},
	{
		name: 'facts of the connection',
		async run(client) {
			const { peer, httpVersion } = await json<ShownHead>(client, '/head');
			expect(peer).toMatch(/^(?:::ffff:)?127\.0\.0\.1$|^unix$/);
			expect(httpVersion).toBe(client.version);
		},
	},
	{
		name: 'the priority of the request',
		async run(client) {
			const answer = await client.call({ target: '/head', fields: ['priority', 'u=1, i'] }).answer();
			const { priority } = JSON.parse(textOf(answer.content)) as ShownHead;
			expect(priority).toEqual({ urgency: 1, incremental: true });
		},
	},
	{
		name: 'content both ways at once',
		async run(client) {
			const call = client.call({ method: 'POST', target: '/echo', content: null });
			call.out.write('one');
			const incoming = await call.in;
			let received = '';
			incoming.on('data', (chunk: Buffer) => {
				received += chunk.toString();
			});
			const ended = once(incoming, 'end');
			while (!received.includes('one')) await once(incoming, 'data');
			call.out.end('two');
			await ended;
			expect(received).toBe('onetwo');
		},
	},
	{
		name: 'large content, either way',
		async run(client) {
			const sent = pattern(8 * MiB);
			const counted = await client.call({ method: 'POST', target: '/count', content: sent }).answer();
			expect(JSON.parse(textOf(counted.content))).toMatchObject({ bytes: sent.length, good: true });
			for (const measured of ['', '&measured']) {
				const { content, whole } = await client.get(`/large?bytes=${sent.length}${measured}`);
				expect([content.length, whole]).toEqual([sent.length, true]);
				expect(createHash('sha256').update(content).digest('hex')).toBe(
					createHash('sha256').update(sent).digest('hex'),
				);
			}
		},
	},
	{
		name: 'a client that does not read bounds what is written',
		async run(client) {
			const id = randomUUID();
			const call = client.call({ target: `/flood?id=${id}` });
			await call.head;
			const total = 96 * MiB;
			const bytes = await settles(async () => (await json<Note>(client, `/note?id=${id}`)).bytes, total);
			call.leave();
			expect(bytes).toBeLessThan(total / 2);
			await noted(client, id, ({ outcome }) => outcome !== null);
		},
	},
	{
		name: 'an application that does not read bounds what is sent',
		async run(client) {
			const id = randomUUID();
			const total = 64 * MiB;
			const call = client.call({ method: 'POST', target: `/paused?id=${id}`, content: null });
			let taken = 0;
			const chunk = new Uint8Array(MiB);
			for (let at = 0; at < total; at += MiB)
				call.out.write(chunk, () => {
					taken += MiB;
				});
			call.out.end();
			const bytes = await settles(async () => {
				await client.get('/hello');
				return taken;
			}, total);
			expect(bytes).toBeLessThan(total / 2);
			await client.get(`/resume?id=${id}`);
			expect(textOf((await call.answer()).content)).toBe(String(total));
		},
	},
	{
		name: 'a client that goes away is seen, content unread',
		async run(client) {
			const id = randomUUID();
			const call = client.call({ method: 'POST', target: `/paused?id=${id}`, content: null });
			call.out.on('error', () => {});
			call.out.write('some');
			// It has arrived when this has been answered.
			await noted(client, id, () => true);
			await client.get('/later');
			call.leave();
			const { outcome, bytes } = await noted(client, id, (note) => note.outcome !== null);
			expect(outcome?.reason).toMatch(client.version === '2' ? /^reset$/ : /^(?:lost|reset)$/);
			expect(bytes).toBe(0);
		},
	},
	{
		name: 'a client that goes away is seen in a response',
		async run(client) {
			const id = randomUUID();
			const call = client.call({ target: `/hang?id=${id}` });
			await call.head;
			call.leave();
			const { outcome } = await noted(client, id, (note) => note.outcome !== null);
			if (client.version === '2') expect(outcome).toEqual({ reason: 'reset', code: 8 });
			else expect(outcome?.reason).toMatch(/^(?:lost|reset)$/);
		},
	},
	{
		name: 'what is complete is told',
		async run(client) {
			const id = randomUUID();
			await client.get(`/noted?id=${id}`);
			const { outcome } = await noted(client, id, (note) => note.outcome !== null);
			expect(outcome).toEqual({ reason: 'complete', code: 0 });
		},
	},
	{
		name: 'informational responses',
		async run(client) {
			const call = client.call({ target: '/early' });
			expect(textOf((await call.answer()).content)).toBe('after two\n');
			expect(call.informed.map(({ status }) => status)).toEqual([103, 102]);
			const hints = call.informed[0]?.fields ?? [];
			expect(hints).toEqual(['link', '</style.css>; rel=preload', 'x-order', '1', 'x-order', '2']);
		},
	},
	{
		name: 'trailer fields of the response',
		async run(client) {
			const { content, trailers } = await client.get('/trailers');
			expect(textOf(content)).toBe('content, then trailers\n');
			expect(trailers).toEqual(['x-sum', 'abc', 'x-sum', 'def']);
		},
	},
	{
		name: 'trailer fields of the request',
		async run(client) {
			const trailers = { 'x-check': 'yes' };
			const content = pattern(10);
			const fields = client.version === '2' ? [] : ['transfer-encoding', 'chunked', 'trailer', 'x-check'];
			const answer = await client.call({ method: 'POST', target: '/count', content, trailers, fields }).answer();
			expect(JSON.parse(textOf(answer.content))).toEqual({ bytes: 10, good: true, trailers: ['x-check', 'yes'] });
		},
	},
	{
		name: '100 (Continue) when content is wanted',
		async run(client) {
			const fields = ['expect', '100-continue', 'content-length', '3'];
			const call = client.call({ method: 'POST', target: '/count', content: null, fields });
			await once(call.out, 'continue');
			call.out.end(pattern(3));
			expect(JSON.parse(textOf((await call.answer()).content))).toMatchObject({ bytes: 3, good: true });
		},
	},
	{
		name: 'no 100 (Continue) when it is not',
		async run(client) {
			const fields = ['expect', '100-continue', 'content-length', '3'];
			const call = client.call({ method: 'POST', target: '/unwanted', content: null, fields });
			call.out.on('error', () => {});
			let continued = false;
			call.out.on('continue', () => {
				continued = true;
			});
			expect((await call.head).status).toBe(413);
			call.leave();
			expect(continued).toBe(false);
			expect((await client.get('/hello')).status).toBe(200);
		},
	},
	{
		name: 'push',
		only: '2',
		async run(client) {
			const call = client.call({ target: '/push' });
			expect(textOf((await call.answer()).content)).toBe('pushing\n');
			expect(call.pushed.map(({ target }) => target)).toEqual(['/pushed']);
			expect(textOf((await call.pushed[0]?.content) as Uint8Array)).toBe('/* /pushed */');
		},
	},
	{
		name: 'tunnels by Upgrade or extended CONNECT',
		async run(client) {
			await echoes(await client.open('/tunnel', 'echo'));
		},
	},
	{
		name: 'a tunnel refused',
		async run(client) {
			const opened = await client.open('/tunnel-refuse', 'echo');
			expect(opened.head.status).toBe(403);
			expect('content' in opened && textOf(opened.content)).toBe('refused\n');
			expect((await client.get('/hello')).status).toBe(200);
		},
	},
	{
		name: 'tunnels by plain CONNECT',
		async run(client) {
			await echoes(await client.open('example.org:443', null));
		},
	},
	{
		name: 'an error before the response is a 500',
		async run(client) {
			for (const target of ['/throw', '/reject']) {
				const { status, content } = await client.get(target);
				expect(status).toBe(500);
				expect(textOf(content)).not.toContain('purpose');
			}
			expect((await client.get('/hello')).status).toBe(200);
		},
	},
	{
		name: 'an error within the response cuts it off',
		async run(client) {
			for (const target of ['/throw-late', '/abort']) {
				const answer = await client.get(target);
				expect([answer.status, answer.whole]).toEqual([200, false]);
			}
			expect((await client.get('/hello')).status).toBe(200);
		},
	},
	{
		name: 'content short of its length cuts it off',
		async run(client) {
			const answer = await client.get('/short').catch(() => ({ whole: false }));
			expect(answer.whole).toBe(false);
		},
	},
	{
		name: 'a refused exchange may be made again',
		async run(client) {
			const answered = client.get('/refuse');
			if (client.version === '2') await expect(answered).rejects.toThrow('closed without a response: 7');
			// Not answered at all, or told to come again.
			else {
				const answer = await answered.catch(() => null);
				if (answer !== null) expect([answer.status, field(answer.fields, 'retry-after')]).toEqual([503, '0']);
			}
			expect((await client.get('/hello')).status).toBe(200);
		},
	},
	{
		name: 'the end of a connection, announced',
		async run(client) {
			const { fields, status } = await client.get('/retire');
			expect(status).toBe(200);
			if (client.version === '1.1') expect(field(fields, 'connection')).toBe('close');
			else expect(await client.retired()).toBe(true);
		},
	},
	{
		name: 'no field can be split',
		async run(client) {
			const { content, fields } = await client.get('/split');
			expect(textOf(content)).toContain('RICH-14');
			expect(field(fields, 'x-evil')).toBeUndefined();
		},
	},
];
