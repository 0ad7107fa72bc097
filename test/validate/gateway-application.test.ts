/** spec/validate.md §3: what an application of the bytes layer does. */
import { type Body, bytes, type Environ, gateway, lite, type StartResponse } from 'rsgi/gateway';
import { ValidationFault, validate, validateGateway, validateLite } from 'rsgi/validate';
import { describe, expect, test } from 'vitest';
import { environOf } from '../support/environ.ts';
import { Findings, thrown } from '../support/findings.ts';
import { gatewayRun, type RunOptions } from '../support/gateway-run.ts';
import { last } from '../support/last.ts';

const OK = bytes('200 OK');
const block = (text: string): Uint8Array => new TextEncoder().encode(text);

type Loose = (environ: Environ, startResponse: (...all: unknown[]) => (block: unknown) => Promise<void>) => unknown;

/** What is told of an application, as `rule` lines of the application's. */
async function told(run: Loose, options: RunOptions = {}): Promise<string[]> {
	const findings = new Findings();
	const app = gateway(run as unknown as (environ: Environ, startResponse: StartResponse) => Body);
	await gatewayRun(validateGateway(app, findings.options), options);
	return findings.lines;
}

const HEAD = { environ: { REQUEST_METHOD: bytes('HEAD') } };

describe('the head', () => {
	test.each([
		['a number', 200, 'GATE-9'],
		['text above latin-1', '200 \u20ac', 'GATE-9'],
		['no space', '200', 'GATE-51'],
		['no digits', 'OK', 'GATE-51'],
		['four digits', '2000 OK', 'GATE-51'],
		['a control', '200 O\nK', 'GATE-51'],
		['an informational one', '103 Early Hints', 'GATE-51'],
		['600', '600 No', 'GATE-51'],
	])('VALID-10: a status that is none is told: %s', async (_, status, rule) => {
		expect(await told((_environ, start) => last(start(status, []), []))).toEqual([`application ${rule}`]);
	});

	test.each([
		['an object', { a: 'b' }, 'GATE-9'],
		['a promise', Promise.resolve([]), 'GATE-9'],
		['a flat line', ['ab'], 'GATE-9'],
		['a triple', [['a', 'b', 'c']], 'GATE-9'],
		['a number as value', [['content-length', 0]], 'GATE-9'],
		['text above latin-1', [['a', '\u0100']], 'GATE-9'],
		['a name with a colon', [['a:', 'b']], 'GATE-52'],
		['a value with a line end', [['a', 'b\r\nc: d']], 'GATE-52'],
		['white space at an edge', [['a', ' b']], 'GATE-52'],
		['Connection', [['Connection', 'close']], 'GATE-53'],
		['Transfer-Encoding', [['transfer-encoding', 'chunked']], 'GATE-53'],
		['Upgrade', [['Upgrade', 'websocket']], 'GATE-53'],
		['a Content-Length that is none', [['Content-Length', '-1']], 'GATE-54'],
	])('VALID-10: field lines that cannot be sent are told: %s', async (_, fields, rule) => {
		expect(await told((_environ, start) => last(start(OK, fields), []))).toEqual([`application ${rule}`]);
	});

	test('VALID-10: two lengths, and the length of a 204', async () => {
		const two = [
			['Content-Length', '0'],
			['content-length', '0'],
		];
		expect(await told((_environ, start) => last(start(OK, two), []))).toEqual(['application GATE-54']);
		const none = [['Content-Length', '0']];
		expect(await told((_environ, start) => last(start('204 No Content', none), []))).toEqual(['application VALID-10']);
	});

	test('VALID-11: arguments of startResponse, and a second call', async () => {
		expect(await told((_environ, start) => last(start(OK), []))).toEqual([
			'application VALID-11',
			'application GATE-9',
		]);
		expect(await told((_environ, start) => last(start(OK, [], null, 1), []))).toEqual(['application VALID-11']);
		expect(await told((_environ, start) => last(start(OK, []), start(OK, [], new Error('no')), []))).toEqual([
			'application VALID-11',
		]);
		expect(await told((_environ, start) => last(start(OK, []), start(OK, []), []))).toEqual(['application GATE-7']);
		expect(await told((_environ, start) => last(start(OK, []), start(OK, [], { error: 1 }), []))).toEqual([]);
	});

	test('VALID-11: no call at all, or one that comes after the first block', async () => {
		expect(await told(() => [])).toEqual(['application GATE-10']);
		const late: Loose = function* (_environ, start) {
			yield block('a');
			start(OK, []);
		};
		expect(await told(late)).toEqual(['application GATE-10']);
		const first: Loose = function* (_environ, start) {
			start(OK, []);
			yield block('a');
		};
		expect(await told(first)).toEqual([]);
	});
});

describe('the body', () => {
	test.each([
		['a string', 'hello', 'GATE-11'],
		['one block', block('hello'), 'GATE-11'],
		['nothing', undefined, 'GATE-11'],
		['an array with a string', ['hello'], 'GATE-50'],
		['an array with a promise', [Promise.resolve(block('a'))], 'GATE-50'],
		['an array with an array', [[1, 2]], 'GATE-50'],
		['an array with an ArrayBuffer', [new ArrayBuffer(1)], 'GATE-50'],
		['a Set with a string', new Set(['a']), 'GATE-50'],
		['an iterator whose steps are none', { [Symbol.iterator]: () => ({ next: () => 1 }) }, 'GATE-11'],
	])('VALID-12: what is no body, and blocks that are none: %s', async (_, body, rule) => {
		expect(await told((_environ, start) => last(start(OK, []), body))).toContain(`application ${rule}`);
	});

	test('VALID-12: a block of an async body, and one given to write()', async () => {
		const strings: Loose = async function* (_environ, start) {
			start(OK, []);
			yield 'a';
		};
		expect(await told(strings)).toEqual(['application GATE-50']);
		const written: Loose = async (_environ, start) => {
			await start(OK, [])('a');
			return [];
		};
		expect(await told(written)).toEqual(['application GATE-50']);
	});

	const LENGTH = [['Content-Length', '3']];
	test.each([
		['as announced', ['ab', 'c'], []],
		['short', ['ab'], ['application GATE-55']],
		['long', ['ab', 'cd'], ['application GATE-55']],
	])('VALID-13: content against Content-Length: %s', async (_, texts, lines) => {
		const blocks = texts.map(block);
		expect(await told((_environ, start) => last(start(OK, LENGTH), blocks))).toEqual(lines);
		expect(await told((_environ, start) => last(start(OK, LENGTH), new Set(blocks)))).toEqual(lines);
		const written: Loose = async (_environ, start) => {
			const write = start(OK, LENGTH);
			for (const each of blocks) await write(each);
			return [];
		};
		expect(await told(written)).toEqual(lines);
		expect(await told((_environ, start) => last(start(OK, LENGTH), new Set(blocks)), HEAD)).toEqual([]);
	});

	test('VALID-13: a body that the server stopped early is not short', async () => {
		const blocks = new Set([block('a'), block('b'), block('c')]);
		expect(await told((_environ, start) => last(start(OK, LENGTH), blocks), { stopAfter: 1 })).toEqual([]);
	});

	test('VALID-13: content of a response that has none, save to HEAD; 304 may announce', async () => {
		for (const status of ['204 No Content', '205 Reset Content', '304 Not Modified']) {
			const run: Loose = (_environ, start) => last(start(status, []), [block('a')]);
			expect(await told(run)).toEqual(['application GATE-56']);
			expect(await told(run, HEAD)).toEqual([]);
			expect(await told((_environ, start) => last(start(status, []), [block('')]))).toEqual([]);
		}
		expect(await told((_environ, start) => last(start('304 Not Modified', LENGTH), []))).toEqual([]);
	});

	test('VALID-14: a block that is changed after it was given', async () => {
		const buffer = new Uint8Array(4);
		const reused: Loose = function* (_environ, start) {
			start(OK, []);
			for (let at = 0; at < 3; at++) yield buffer.fill(at);
		};
		expect(await told(reused)).toEqual(['application VALID-14', 'application VALID-14']);
		const constant: Loose = function* (_environ, start) {
			start(OK, []);
			for (let at = 0; at < 3; at++) yield buffer;
		};
		expect(await told(constant)).toEqual([]);
	});

	test('VALID-11: write() after the body was begun', async () => {
		const run: Loose = (_environ, start) => {
			const write = start(OK, []);
			return (function* () {
				void write(block('late')).catch(() => {});
				yield block('a');
			})();
		};
		expect(await told(run)).toEqual(['application GATE-58']);
	});

	test('VALID-16: write() while the one before is pending', async () => {
		const run: Loose = async (_environ, start) => {
			const write = start(OK, []);
			await Promise.all([write(block('a')), write(block('b'))]);
			return [];
		};
		expect(await told(run)).toEqual(['application VALID-16']);
	});
});

describe('what the application reads and logs', () => {
	const reading =
		(read: (environ: Environ) => unknown): Loose =>
		async (environ, start) => {
			await read(environ);
			start(OK, []);
			return [];
		};

	test('VALID-15: sizes that are none, and reads at the same time', async () => {
		expect(await told(reading((environ) => environ['wsgi.input'].read('8' as never)))).toEqual(['application GATE-41']);
		expect(await told(reading((environ) => environ['wsgi.input'].readline(1.5)))).toEqual(['application GATE-41']);
		expect(await told(reading((environ) => environ['wsgi.input'].read(-1)))).toEqual([]);
		const both = ({ 'wsgi.input': input }: Environ): unknown => Promise.all([input.read(1), input.readline()]);
		expect(await told(reading(both))).toEqual(['application GATE-42']);
	});

	test('VALID-15: a read after the body was closed', async () => {
		let kept: Environ | null = null;
		const findings = new Findings();
		const app = gateway((environ, startResponse) => {
			kept = environ;
			startResponse(OK, []);
			return [];
		});
		await gatewayRun(validateGateway(app, findings.options));
		await (kept as unknown as Environ)['wsgi.input'].read();
		expect(findings.lines).toEqual(['application VALID-15']);
	});

	test('VALID-17: what is no text for wsgi.errors', async () => {
		expect(await told(reading((environ) => environ['wsgi.errors'].write(new Error('no') as never)))).toEqual([
			'application GATE-46',
		]);
		expect(await told(reading((environ) => environ['wsgi.errors'].writelines(['a', 1 as never])))).toEqual([
			'application GATE-46',
		]);
	});
});

describe('the lite form', () => {
	test('VALID-18: the response is looked at as a call of startResponse and a body', async () => {
		const of = async (response: unknown): Promise<string[]> => {
			const findings = new Findings();
			await gatewayRun(
				validateLite(
					lite(() => response as never),
					findings.options,
				),
			);
			return findings.lines;
		};
		expect(await of([OK, [], []])).toEqual([]);
		expect(await of([OK, []])).toContain('application GATE-20');
		expect(await of([200, [], []])).toEqual(['application GATE-9']);
		expect(await of([OK, [['connection', 'close']], []])).toEqual(['application GATE-53']);
		expect(await of([OK, [], 'body'])).toContain('application GATE-11');
		expect(await of([OK, [['content-length', '2']], [block('a')]])).toEqual(['application GATE-55']);
	});

	test('VALID-5, VALID-18: an environ of another layer is told, whichever way the application is called', () => {
		const findings = new Findings();
		const app = validateLite(
			lite(() => [OK, [], []]),
			findings.options,
		);
		const environ = { ...environOf(), 'wsgi.layer': 'text' } as unknown as Environ;
		expect(() => app(environ)).toThrow('GATE-5');
		expect(() => app(environ, () => async () => {})).toThrow('GATE-5');
		expect(findings.lines).toEqual(['server GATE-5', 'server GATE-5']);
	});

	test('VALID-11: a misuse that comes out of the application, of whatever rule, is told once', async () => {
		expect(await told(() => [bytes('\u20ac')])).toEqual(['application GATE-1']);
		expect(await told(async () => [bytes('\u20ac')])).toEqual(['application GATE-1']);
		const later: Loose = function* (_environ, start) {
			start(OK, []);
			yield bytes('\u20ac');
		};
		expect(await told(later)).toEqual(['application GATE-1']);
		expect(
			await told(() => {
				throw new Error('no rule');
			}),
		).toEqual([]);
	});

	test('VALID-18: also when it is called with an environ alone; a refused response closes its body', async () => {
		let closed = 0;
		const body = { [Symbol.iterator]: () => [][Symbol.iterator](), close: () => void closed++ };
		const app = validate(lite(async () => [bytes('2 OK'), [], body]));
		const { environOf } = await import('../support/environ.ts');
		expect(await thrown(() => app(environOf()))).toBe('application GATE-51');
		expect(closed).toBe(1);
	});
});

test('VALID-1: a finding is thrown to the application where it calls, and names party, rule and fix', async () => {
	let caught: unknown = null;
	const app = gateway((_environ, startResponse) => {
		try {
			startResponse(OK, [[bytes('Connection'), bytes('close')]]);
		} catch (error) {
			caught = error;
			throw error;
		}
		return [];
	});
	const { error } = await gatewayRun(validate(app));
	expect(error).toBe(caught);
	expect(error).toBeInstanceOf(ValidationFault);
	expect((error as ValidationFault).finding).toEqual({
		party: 'application',
		rule: 'GATE-53',
		message: 'Connection is a field of the connection (RFC 9110 §7.6.1).',
		fix: 'Leave it out: the connection is the server’s.',
		request: 'GET /',
	});
	expect((error as Error).message).toMatch(/^GET \/: the application is at fault\..*Leave it out.*\(GATE-53\)$/);
});

test('VALID-1: a finding about a block ends the body, whose generator runs its finally', async () => {
	const events: string[] = [];
	const app = gateway(function* (_environ: Environ, startResponse: StartResponse): Generator<Uint8Array> {
		startResponse(OK, []);
		try {
			yield 'text' as never;
		} finally {
			events.push('finally');
		}
	});
	const { error } = await gatewayRun(validate(app));
	expect((error as ValidationFault).finding.rule).toBe('GATE-50');
	expect(events).toEqual(['finally']);
});

test('VALID-4: with middleware below, it is named', async () => {
	const findings = new Findings();
	const app = validateGateway(
		gateway(() => []),
		{ ...findings.options, below: 'middleware' },
	);
	await gatewayRun(app);
	expect(findings.lines).toEqual(['middleware GATE-10']);
});
