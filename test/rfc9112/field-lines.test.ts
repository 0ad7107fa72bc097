import { describe, expect, test } from 'vitest';
import { expectRefused } from '../support/http1-refusals.ts';
import { Talk } from '../support/http1-talk.ts';

function linesOf(section: string): string[][] {
	const request = `GET / HTTP/1.1\r\nHost: a\r\n${section}\r\n`;
	return [new Talk().feed(request), new Talk().drip(request), new Talk().feed(request + request)].map((talk) => {
		expect(talk.faults).toEqual([]);
		return talk.last.head.fields.lines.slice(2);
	});
}

describe('RFC 9112 §5 field lines', () => {
	test.each<[string, string[]]>([
		['X-A: 1\r\nx-a: 2\r\nX-A: 3\r\n', ['X-A', '1', 'x-a', '2', 'X-A', '3']],
		['A:1\r\n', ['A', '1']],
		['A:  \t 1 \t \r\n', ['A', '1']],
		['A:\r\n', ['A', '']],
		['A: \t \r\n', ['A', '']],
		['A: a:b: c\r\n', ['A', 'a:b: c']],
		['A: a\tb  c\r\n', ['A', 'a\tb  c']],
		['A: \xe4\xff\x80\r\n', ['A', '\xe4\xff\x80']],
		["!#$%&'*+-.^_`|~: x\r\n", ["!#$%&'*+-.^_`|~", 'x']],
		[`A: ${'v'.repeat(9000)}\r\n`, ['A', 'v'.repeat(9000)]],
	])('takes %j verbatim', (section, lines) => {
		for (const found of linesOf(section)) expect(found).toEqual(lines);
	});

	test.each([
		['§5.1 white space before the colon', 'A : 1\r\n', 'RFC 9112 §5.1'],
		['§5.1 a tab before the colon', 'A\t: 1\r\n', 'RFC 9112 §5.1'],
		['§5.2 obs-fold', 'A: 1\r\n 2\r\n', 'RFC 9112 §5.2'],
		['§5.2 obs-fold by tab', 'A: 1\r\n\t2\r\n', 'RFC 9112 §5.2'],
		['§5.2 a folded empty line', 'A: 1\r\n \r\n', 'RFC 9112 §5.2'],
		['§5 no colon', 'A\r\n', 'RFC 9112 §5'],
		['§5 no name', ': 1\r\n', 'RFC 9112 §5'],
		['§5 a name that is no token', 'A(b): 1\r\n', 'RFC 9112 §5'],
		['§5 a name past ASCII', '\xe4: 1\r\n', 'RFC 9112 §5'],
		['§5 NUL in a name', 'A\x00: 1\r\n', 'RFC 9112 §5'],
		['RFC 9110 §5.5 NUL in a value', 'A: a\x00b\r\n', 'RFC 9110 §5.5'],
		['RFC 9110 §5.5 DEL in a value', 'A: a\x7fb\r\n', 'RFC 9110 §5.5'],
		['RFC 9110 §5.5 a control in a value', 'A: a\x0bb\r\n', 'RFC 9110 §5.5'],
		['RFC 9110 §5.5 a control before a value', 'A:\x0b1\r\n', 'RFC 9110 §5.5'],
	])('refuses %s', (_, section, rule) => {
		expectRefused(`GET / HTTP/1.1\r\nHost: a\r\n${section}\r\n`, 400, rule);
	});

	test('§2.2 refuses white space before the first field line', () => {
		expectRefused('GET / HTTP/1.1\r\n Host: a\r\n\r\n', 400, 'RFC 9112 §2.2');
		expectRefused('GET / HTTP/1.1\r\n\r\n'.replace('1.1\r\n', '1.1\r\n\tHost: a\r\n'), 400, 'RFC 9112 §2.2');
	});

	test('answers 431 past the limits', () => {
		expectRefused(`GET / HTTP/1.1\r\nHost: a\r\n${'A: 1\r\n'.repeat(100)}\r\n`, 431, 'limits.fieldCount');
		expect(new Talk().feed(`GET / HTTP/1.1\r\nHost: a\r\n${'A: 1\r\n'.repeat(99)}\r\n`).last.head.fields.size).toBe(
			100,
		);
		expectRefused(`GET / HTTP/1.1\r\nHost: a\r\nA: ${'1'.repeat(17_000)}\r\n\r\n`, 431, 'limits.headSize');
	});

	test('heads that repeat each other in part are read afresh where they differ', () => {
		const talk = new Talk();
		const sections = [
			'Host: a\r\nA: 1\r\nB: 2\r\n',
			'Host: a\r\nA: 1\r\nB: 2\r\n',
			'Host: a\r\nA: 9\r\nB: 2\r\n',
			'Host: a\r\n',
			'Host: a\r\nA: 9\r\nB: 2\r\nC: 3\r\n',
			'Host: b\r\nA: 9\r\nB: 2\r\nC: 3\r\n',
			'A: 9\r\nHost: b\r\nB: 2\r\nC: 3\r\n',
			'A: 9\r\nHost: b\r\nB: 2\r\nC: 3\r\nD: 4\r\n',
		];
		const targets = ['/1', '/1', '/1', '/1', '/22', '/22', '/22', '/1'];
		for (const [i, section] of sections.entries()) talk.feed(`GET ${targets[i]} HTTP/1.1\r\n${section}\r\n`);
		expect(talk.exchanges.map(({ head }) => `${head.target} ${head.authority}`)).toEqual([
			'/1 a',
			'/1 a',
			'/1 a',
			'/1 a',
			'/22 a',
			'/22 b',
			'/22 b',
			'/1 b',
		]);
		for (const [i, { head }] of talk.exchanges.entries()) {
			expect(head.fields.lines.map((text, at) => text + (at % 2 === 0 ? ': ' : '\r\n')).join('')).toBe(sections[i]);
		}
	});

	test('a head that came in pieces between two equal ones leaves nothing of itself in the second', () => {
		const one = 'GET /one HTTP/1.1\r\nHost: a\r\nA: 1\r\n\r\n';
		const two = 'POST /two HTTP/1.0\r\nHost: b\r\nA: 2\r\n\r\n'.replace('1.0', '1.1');
		for (let cut = 1; cut < two.length; cut++) {
			const talk = new Talk().feed(one).feed(two.slice(0, cut)).feed(two.slice(cut)).feed(one);
			expect(
				talk.exchanges.map(({ head }) => [head.method, head.target, head.authority, head.fields.lines[3]]),
			).toEqual([
				['GET', '/one', 'a', '1'],
				['POST', '/two', 'b', '2'],
				['GET', '/one', 'a', '1'],
			]);
		}
	});

	test('equal fields mean different things to different versions', () => {
		const section = 'Host: a\r\nConnection: keep-alive, upgrade\r\nUpgrade: x\r\n\r\n';
		const talk = new Talk();
		for (const version of ['1.0', '1.1', '1.0', '1.1']) talk.feed(`GET / HTTP/${version}\r\n${section}`);
		expect(talk.exchanges.map(({ head }) => [head.httpVersion, head.protocol])).toEqual([
			['1.0', null],
			['1.1', 'x'],
			['1.0', null],
			['1.1', 'x'],
		]);
	});

	test('the fields of one exchange may be changed without another seeing it', () => {
		const request = 'GET / HTTP/1.1\r\nHost: a\r\nA: 1\r\n\r\n';
		const talk = new Talk().feed(request).feed(request);
		talk.exchanges[0]?.head.fields.set('A', 'changed');
		talk.feed(request);
		expect(talk.exchanges[1]?.head.fields.first('A')).toBe('1');
		expect(talk.exchanges[2]?.head.fields.first('A')).toBe('1');
	});
});
