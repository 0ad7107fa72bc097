/** Requests that look harmless and are dear to read: work must go with octets, not with their square. */
import { expect, test } from 'vitest';
import { parsePriority } from '../../src/wire/priority.ts';
import { Talk } from '../support/http1-talk.ts';

/** So many of them. Reading all takes milliseconds; with work by the square of their size it took a quarter of a minute. */
const COUNT = 100;
/** Milliseconds, many times what it takes. */
const PATIENCE = 4000;

/** Nearly as long as a head may be. */
const LONG = 15_000;

test.each([
	['Connection', `a${' '.repeat(LONG)}b`],
	['Connection', `${'a,'.repeat(LONG / 2)}b`],
	['Upgrade', `a${' \t'.repeat(LONG / 2)}b`],
	['Expect', `a${' '.repeat(LONG)}b`],
	['Transfer-Encoding', `a${' '.repeat(LONG)}b`],
	['Host', 'a'.repeat(LONG)],
	['Host', '%41'.repeat(LONG / 3)],
	['Priority', ';a= '.repeat(LONG / 4)],
	['X', ' '.repeat(LONG)],
])('CWE-1333: %s of many members or spaces', (name, value) => {
	const connection = name === 'Upgrade' ? 'Connection: upgrade\r\n' : '';
	const host = name === 'Host' ? '' : 'Host: a\r\n';
	const start = performance.now();
	for (let count = 0; count < COUNT; count++) {
		const talk = new Talk((exchange) => exchange.answer(''));
		talk.feed(`GET / HTTP/1.1\r\n${host}${connection}${name}: ${value}\r\n\r\n`);
		expect(talk.output).toMatch(/^HTTP\/1\.1 \d/);
	}
	expect(performance.now() - start).toBeLessThan(PATIENCE);
});

test('CWE-1333: Priority members', () => {
	const start = performance.now();
	for (const unit of [';a', ';a=', ';a= ', ' ', '\t', ';a="', '(', ',', 'u=1,', '="\\', ';a=1 ']) {
		for (const last of ['', '\x00', ',', '"']) parsePriority(`a;a${unit.repeat(512)}`.slice(0, 511) + last);
	}
	expect(performance.now() - start).toBeLessThan(PATIENCE);
});
