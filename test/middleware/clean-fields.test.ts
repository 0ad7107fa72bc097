/** spec/middleware.md §3: field lines. */
import { type CleanFieldsOptions, cleanFields } from 'rsgi/middleware/clean-fields';
import { describe, expect, test } from 'vitest';
import { rich } from '../../src/rich/app.ts';
import type { Exchange } from '../../src/rich/exchange.ts';
import { answered } from '../support/answered.ts';

/** The lines that the application sees, or the status and the text of a refusal. */
async function cleaned(lines: string[], options?: CleanFieldsOptions): Promise<readonly string[] | string> {
	let seen: readonly string[] = [];
	const app = rich((exchange) => {
		seen = exchange.fields.lines;
		exchange.respond(204);
		exchange.end();
	});
	const client = await answered(cleanFields(options)(app), { fields: lines });
	return client.status === 204 ? seen : `${client.status} ${client.text}`;
}

describe('MW-4: Content-Length', () => {
	test.each([
		[['content-length', '5', 'a', '1', 'Content-Length', '5']],
		[['content-length', '5, 5', 'a', '1']],
		[['content-length', '5,5,  5', 'a', '1', 'content-length', '5']],
	])('equal ones become one: %j', async (lines) => {
		expect(await cleaned(lines)).toEqual(['content-length', '5', 'a', '1']);
	});

	test.each([
		[['content-length', '5', 'content-length', '6']],
		[['content-length', '5, 6']],
		[['content-length', '5', 'content-length', '05']],
		[['content-length', '+5']],
		[['content-length', '']],
		[['content-length', '5,']],
		[['content-length', '0x5']],
		[['content-length', '9'.repeat(30)]],
	])('others are refused: %j', async (lines) => {
		expect(await cleaned(lines)).toBe('400 Content-Length is not one number.\n');
	});
});

describe('MW-5: singletons', () => {
	test.each(['Host', 'Content-Type', 'authorization', 'REFERER', 'if-modified-since', 'Origin'])(
		'%s is refused when repeated',
		async (name) => {
			expect(await cleaned([name, 'a', 'b', 'c', name.toLowerCase(), 'a'])).toMatch(/^400 .* only once\.\n$/);
		},
	);

	test('the first line stays where that is asked for', async () => {
		expect(await cleaned(['Host', 'a', 'x', '1', 'host', 'b'], { repeated: 'first' })).toEqual(['Host', 'a', 'x', '1']);
	});

	test('further ones may be named', async () => {
		expect(await cleaned(['x-one', '1', 'X-One', '2'], { singletons: ['X-ONE'] })).toMatch(/^400/);
		expect(await cleaned(['x-one', '1', 'X-One', '2'])).toEqual(['x-one', '1', 'X-One', '2']);
	});

	test('lists and cookies may be repeated', async () => {
		const lines = ['accept', 'a/b', 'accept', 'c/d', 'cookie', 'a=1', 'cookie', 'b=2'];
		expect(await cleaned(lines)).toEqual(lines);
	});
});

describe('MW-6: underscores', () => {
	const lines = ['x_user', 'root', 'X-User', 'me', 'content_length', '9'];
	test('are dropped', async () => {
		expect(await cleaned(lines)).toEqual(['X-User', 'me']);
	});
	test('are refused or kept where that is asked for', async () => {
		expect(await cleaned(lines, { underscores: 'refuse' })).toBe('400 A field name holds an underscore.\n');
		expect(await cleaned(lines, { underscores: 'keep' })).toEqual(lines);
	});
});

describe('MW-7: empty members of lists', () => {
	test.each([
		['accept', ', a/b,, c/d;q=0.5 ,', 'a/b, c/d;q=0.5'],
		['if-none-match', ',"a,,b",, W/"c"', '"a,,b", W/"c"'],
		['cache-control', 'ext="a\\",,b",,no-cache', 'ext="a\\",,b", no-cache'],
		['x-forwarded-for', '1.2.3.4,,5.6.7.8', '1.2.3.4, 5.6.7.8'],
	])('%s: %s', async (name, value, clean) => {
		expect(await cleaned([name, value])).toEqual([name, clean]);
	});

	test('a list of nothing is no line', async () => {
		expect(await cleaned(['accept', ' , ,', 'te', '', 'a', ''])).toEqual(['a', '']);
	});

	test('a list that is well-formed stays as it came, and so does what is no list', async () => {
		const lines = ['accept', 'a/b,c/d ,e/f', 'if-none-match', '",,"', 'cookie', 'a=,,', 'x-own', ',,'];
		expect(await cleaned(lines)).toEqual(lines);
	});

	test('too many are refused, in a time that their number bounds', async () => {
		expect(await cleaned(['accept', `${','.repeat(17)}a/b`])).toMatch(/^400 The list in accept has too many/);
		expect(await cleaned(['accept', ',\t '.repeat(100_000)])).toMatch(/^400/);
	});
});

describe('MW-8', () => {
	test('a clean request is passed on as it is', async () => {
		let inner: Exchange | null = null;
		let outer: Exchange | null = null;
		const app = cleanFields()(
			rich((exchange) => {
				inner = exchange;
				exchange.respond(204);
				exchange.end();
			}),
		);
		await answered(
			rich((exchange) => {
				outer = exchange;
				return app(exchange);
			}),
			{ fields: ['host', 'x', 'accept', 'a/b, c/d'] },
		);
		expect(inner).toBe(outer);
	});

	test('a refusal repeats nothing of what was sent, and the application is not run', async () => {
		const refused = await cleaned(['x_<script>', '1', 'host', 'a', 'host', 'evil<b>'], { underscores: 'refuse' });
		expect(refused).not.toMatch(/script|evil/);
	});
});
