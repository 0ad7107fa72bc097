import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { httpDate, parseHttpDate } from '../../src/app/http-date.ts';

const NOW = Date.UTC(2026, 5, 1);
const EXAMPLE = Date.UTC(1994, 10, 6, 8, 49, 37);

describe('RFC 9110 §5.6.7 HTTP-date', () => {
	it.each([
		['IMF-fixdate', 'Sun, 06 Nov 1994 08:49:37 GMT'],
		['rfc850-date', 'Sunday, 06-Nov-94 08:49:37 GMT'],
		['asctime-date', 'Sun Nov  6 08:49:37 1994'],
	])('is read as %s', (_form, text) => {
		expect(parseHttpDate(text, NOW)).toBe(EXAMPLE);
	});

	it('is sent as IMF-fixdate, without fractions', () => {
		expect(httpDate(EXAMPLE + 999)).toBe('Sun, 06 Nov 1994 08:49:37 GMT');
	});

	it('has years of two digits within 50 years ahead, and otherwise in the past', () => {
		const year = (digits: string): number =>
			new Date(parseHttpDate(`Sunday, 06-Nov-${digits} 08:49:37 GMT`, NOW)).getUTCFullYear();
		expect(['00', '26', '76', '77', '99'].map(year)).toEqual([2000, 2026, 2076, 1977, 1999]);
	});

	it('allows a leap second', () => {
		expect(parseHttpDate('Sat, 31 Dec 2016 23:59:60 GMT', NOW)).toBe(Date.UTC(2017, 0, 1));
	});

	it.each([
		'',
		'now',
		'0',
		'1994-11-06T08:49:37Z',
		'Sun, 06 Nov 1994 08:49:37',
		'Sun, 06 Nov 1994 08:49:37 UTC',
		'Sun, 06 Nov 1994 08:49:37 +0000',
		'sun, 06 nov 1994 08:49:37 gmt',
		'Sun, 6 Nov 1994 08:49:37 GMT',
		'Sun, 31 Apr 1994 08:49:37 GMT',
		'Sun, 00 Nov 1994 08:49:37 GMT',
		'Sun, 29 Feb 1995 08:49:37 GMT',
		'Sun, 06 Nov 1994 24:00:00 GMT',
		'Sun, 06 Nov 1994 08:60:37 GMT',
		'Sun, 06 Nov 1994 08:49:61 GMT',
		' Sun, 06 Nov 1994 08:49:37 GMT',
		'Sun, 06 Nov 1994 08:49:37 GMT, Sun, 06 Nov 1994 08:49:37 GMT',
		'x'.repeat(100_000),
	])('is not %j', (text) => {
		expect(parseHttpDate(text, NOW)).toBeNaN();
	});

	it('comes back as it was sent', () => {
		const seconds = fc.integer({ min: -62_167_219_200, max: 253_402_300_799 });
		fc.assert(
			fc.property(seconds, (second) => {
				expect(parseHttpDate(httpDate(second * 1000), NOW)).toBe(second * 1000);
			}),
		);
	});
});
