/**
 * What wsgiref.validate of Python lets pass, and these validators tell. Tried with that of CPython 3.11.7: each of GAPS,
 * written in Python, goes through it without an assertion, and so do the environs and all that the server does but for
 * the read after close(), which it tells. What its language or its interface has no place for is in ELSEWHERE.
 */
import { type Body, bytes, type Environ, gateway, type StartResponse } from 'rsgi/gateway';
import { validateGateway } from 'rsgi/validate';
import { expect, test } from 'vitest';
import { environOf } from '../support/environ.ts';
import { Findings } from '../support/findings.ts';
import { gatewayRun } from '../support/gateway-run.ts';
import { last } from '../support/last.ts';

type Start = (...all: unknown[]) => (block: Uint8Array) => Promise<void>;
const OK = bytes('200 OK');
const one = (): Uint8Array => new Uint8Array(1);
const started = (start: Start, fields: unknown = []): unknown => start(OK, fields);

/** Each: what it is, an application, what is told. */
const GAPS: readonly [string, (environ: Environ, start: Start) => unknown, string][] = [
	['startResponse twice without excInfo', (_, start) => last(started(start), started(start), []), 'application GATE-7'],
	['a field of the connection', (_, start) => last(started(start, [['Keep-Alive', '1']]), []), 'application GATE-53'],
	[
		'a value with DEL, or white space at its edges',
		(_, start) => last(started(start, [['a', ' \x7f']]), []),
		'application GATE-52',
	],
	['a value above latin-1', (_, start) => last(started(start, [['a', '\u20ac']]), []), 'application GATE-9'],
	['a status of three digits that is none', (_, start) => last(start('999 Odd', []), []), 'application GATE-51'],
	[
		'Content-Length that is no number',
		(_, start) => last(started(start, [['Content-Length', 'ten']]), []),
		'application GATE-54',
	],
	[
		'content short of Content-Length',
		(_, start) => last(started(start, [['Content-Length', '2']]), [one()]),
		'application GATE-55',
	],
	[
		'content beyond Content-Length',
		(_, start) => last(started(start, [['Content-Length', '0']]), [one()]),
		'application GATE-55',
	],
	['content of 204', (_, start) => last(start('204 No Content', []), [one()]), 'application GATE-56'],
];

/** What cannot be said there: it knows nothing of promises, and takes no block that can change, a bytearray or a memoryview. */
const ELSEWHERE: typeof GAPS = [
	['a buffer that is used again', (_, start) => last(started(start), reused()), 'application VALID-14'],
	[
		'reads at the same time',
		async ({ 'wsgi.input': input }, start) =>
			last(await Promise.all([input.read(1), input.read(1)]), started(start), []),
		'application GATE-42',
	],
	['a promise as a block', (_, start) => last(started(start), [Promise.resolve(one())]), 'application GATE-50'],
	[
		'a write() that nobody awaits',
		async (_, start) => last(await twoWrites(started(start)), []),
		'application VALID-16',
	],
];

function twoWrites(write: unknown): Promise<unknown> {
	const both = write as (block: Uint8Array) => Promise<void>;
	return Promise.all([both(one()), both(one())]);
}

function* reused(): Generator<Uint8Array> {
	const block = one();
	for (let at = 0; at < 2; at++) yield block.fill(at);
}

test.each([...GAPS, ...ELSEWHERE])('VALID-10 to VALID-16: %s', async (_, run, line) => {
	const findings = new Findings();
	const app = gateway(run as unknown as (environ: Environ, start: StartResponse) => Body);
	await gatewayRun(validateGateway(app, findings.options));
	expect(findings.lines).toEqual([line]);
});

test('VALID-8: a server that closes twice, or stops without telling the iterator, and one that then reads on', async () => {
	const findings = new Findings();
	const app = gateway((_environ, startResponse) => {
		startResponse(OK, []);
		return new Set([one(), one()]);
	});
	const body = (await validateGateway(app, findings.options)(environOf(), () => async () => {})) as Body &
		Iterable<Uint8Array>;
	const iterator = body[Symbol.iterator]();
	iterator.next();
	body.close?.();
	body.close?.();
	iterator.next();
	expect(findings.lines).toEqual(['server GATE-12', 'server GATE-12', 'server GATE-12']);
});

test('VALID-6: a server that joins cookies by commas, or lets a client set HTTP_PROXY', () => {
	const findings = new Findings();
	const app = gateway((_environ, startResponse) => {
		startResponse(OK, []);
		return [];
	});
	const fields = [bytes('Cookie'), bytes('a'), bytes('Cookie'), bytes('b')];
	const environ = environOf({ 'rsgi.fields': fields, HTTP_COOKIE: bytes('a, b'), HTTP_PROXY: bytes('x') });
	void validateGateway(app, findings.options)(environ, () => async () => {});
	expect(findings.lines).toEqual(['server GATE-38', 'server GATE-38']);
});
