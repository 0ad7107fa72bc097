import { describe, expect, test } from 'vitest';
import { expectRefused } from '../support/http1-refusals.ts';
import { Talk } from '../support/http1-talk.ts';

function headOf(request: string, scheme: 'http' | 'https' = 'http') {
	const talk = new Talk(() => {}, { scheme }).feed(request);
	expect(talk.faults).toEqual([]);
	const dripped = new Talk(() => {}, { scheme }).drip(request).last.head;
	const { method, scheme: said, authority, target } = talk.last.head;
	expect([dripped.method, dripped.scheme, dripped.authority, dripped.target]).toEqual([
		method,
		said,
		authority,
		target,
	]);
	return [said, authority, target];
}

describe('RFC 9112 §3.2 request target', () => {
	test('§3.2.1 origin-form: scheme of the transport, authority of Host', () => {
		expect(headOf('GET /a?b HTTP/1.1\r\nHost: a.example:8080\r\n\r\n')).toEqual(['http', 'a.example:8080', '/a?b']);
		expect(headOf('GET / HTTP/1.1\r\nhOST:\ta.example \r\n\r\n', 'https')).toEqual(['https', 'a.example', '/']);
	});

	test('§3.2.2 absolute-form: its own scheme, its authority over Host, the target verbatim', () => {
		expect(headOf('GET HTTP://b.example/x HTTP/1.1\r\nHost: a.example\r\n\r\n')).toEqual([
			'http',
			'b.example',
			'HTTP://b.example/x',
		]);
		expect(headOf('GET https://b.example:1?q HTTP/1.1\r\nHost: a\r\n\r\n')).toEqual([
			'https',
			'b.example:1',
			'https://b.example:1?q',
		]);
		expect(headOf('GET http://[::1]:80 HTTP/1.0\r\n\r\n')).toEqual(['http', '[::1]:80', 'http://[::1]:80']);
	});

	test('§3.2.3 authority-form: for CONNECT, without a scheme', () => {
		expect(headOf('CONNECT b.example:443 HTTP/1.1\r\nHost: b.example\r\n\r\n')).toEqual([
			'',
			'b.example:443',
			'b.example:443',
		]);
		expect(headOf('CONNECT [::1]:443 HTTP/1.1\r\nHost: a\r\n\r\n')).toEqual(['', '[::1]:443', '[::1]:443']);
	});

	test('§3.2.4 asterisk-form: for OPTIONS', () => {
		expect(headOf('OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n')).toEqual(['http', 'a', '*']);
		expect(headOf('OPTIONS / HTTP/1.1\r\nHost: a\r\n\r\n')).toEqual(['http', 'a', '/']);
	});

	test('HTTP/1.0 needs no Host', () => {
		expect(headOf('GET / HTTP/1.0\r\n\r\n')).toEqual(['http', '', '/']);
	});

	test('an empty Host is one', () => {
		expect(headOf('GET / HTTP/1.1\r\nHost:\r\n\r\n')).toEqual(['http', '', '/']);
	});

	test.each([
		['GET *', '9112 §3.2.4'],
		['OPTIONS **', '9112 §3.2'],
		['GET a', '9112 §3.2'],
		['GET a.example:80', '9112 §3.2'],
		['GET ?q', '9112 §3.2'],
		['GET http:/a', '9112 §3.2'],
		['GET 1http://a/', '9112 §3.2'],
		['GET http:///path', '9110 §4.2'],
		['GET http://:80/', '9110 §4.2'],
		['GET http://user@host/', '9110 §4.2'],
		['GET http://a\\b/', '9110 §4.2'],
		['GET http://[::1/', '9110 §4.2'],
		['GET http://a:b/', '9110 §4.2'],
		['CONNECT /', '9110 §9.3.6'],
		['CONNECT *', '9110 §9.3.6'],
		['CONNECT a', '9110 §9.3.6'],
		['CONNECT a:', '9110 §9.3.6'],
		['CONNECT :80', '9110 §9.3.6'],
		['CONNECT a:0', '9110 §9.3.6'],
		['CONNECT a:99999', '9110 §9.3.6'],
		['CONNECT a:80/', '9110 §9.3.6'],
		['CONNECT u@a:80', '9110 §9.3.6'],
		['CONNECT [::1]', '9110 §9.3.6'],
		['CONNECT http://a:80/', '9110 §9.3.6'],
	])('refuses %s', (line, rule) => {
		expectRefused(`${line} HTTP/1.1\r\nHost: a\r\n\r\n`, 400, `RFC ${rule}`);
	});

	test.each([
		['none', ''],
		['two', 'Host: a\r\nHost: a\r\n'],
		['two, one empty', 'Host:\r\nHost: a\r\n'],
		['a list', 'Host: a, b\r\n'],
		['a path', 'Host: a/b\r\n'],
		['user information', 'Host: u@a\r\n'],
		['a port that is none', 'Host: a:b\r\n'],
		['two ports', 'Host: a:1:2\r\n'],
		['a bare IPv6 address', 'Host: ::1\r\n'],
		['a space', 'Host: a b\r\n'],
		['octets past ASCII', 'Host: \xe4\r\n'],
		['a bad escape', 'Host: %zz\r\n'],
		['a backslash', 'Host: a\\b\r\n'],
	])('refuses Host that is %s', (_, line) => {
		expectRefused(`GET / HTTP/1.1\r\n${line}\r\n`, 400, 'RFC 9112 §3.2');
	});

	test('refuses two Host lines and a bad one in HTTP/1.0 too', () => {
		expectRefused('GET / HTTP/1.0\r\nHost: a\r\nHost: b\r\n\r\n', 400, 'RFC 9112 §3.2');
		expectRefused('GET / HTTP/1.0\r\nHost: a b\r\n\r\n', 400, 'RFC 9112 §3.2');
	});

	test('an absolute-form does not excuse a missing Host', () => {
		expectRefused('GET http://a/ HTTP/1.1\r\n\r\n', 400, 'RFC 9112 §3.2');
	});
});
