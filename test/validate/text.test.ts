/** spec/validate.md §4: the validator of the text layer. */
import { bytes } from 'rsgi/gateway';
import { decodeEnviron, type TextEnviron, type TextStartResponse, text } from 'rsgi/text';
import { validate, validateText } from 'rsgi/validate';
import { expect, test } from 'vitest';
import { environOf } from '../support/environ.ts';
import { Findings } from '../support/findings.ts';
import { last } from '../support/last.ts';

const write = async (): Promise<void> => {};
const start: TextStartResponse = () => write;

function told(run: (environ: TextEnviron, startResponse: TextStartResponse) => unknown, values: object = {}): string[] {
	const findings = new Findings();
	const environ = { ...decodeEnviron(environOf({ PATH_INFO: bytes('/\xff') })), ...values } as TextEnviron;
	try {
		void validateText(text(run as never), findings.options)(environ, start);
	} catch {
		// The text layer refuses some of it by itself.
	}
	return findings.lines;
}

const good = (_environ: TextEnviron, startResponse: TextStartResponse): unknown =>
	last(startResponse('200 Schön', []), []);

test('VALID-19: a decoded environ and latin-1 text are right', () => {
	expect(told(good)).toEqual([]);
	expect(told(good, { PATH_INFO: '/über/\u{1f600}', QUERY_STRING: '\udcff' })).toEqual([]);
});

test('VALID-19: what cannot be encoded back is told, by key', () => {
	expect(told(good, { PATH_INFO: '/\ud800' })).toEqual(['server VALID-5']);
	expect(told(good, { REMOTE_USER: '\u20ac' })).toEqual(['server VALID-5']);
	expect(told(good, { 'rsgi.bytes': undefined })).toEqual(['server TEXT-7']);
	expect(told(good, { 'rsgi.bytes': {} })).toEqual(['server TEXT-7']);
	expect(told(good, { 'wsgi.layer': 'bytes' })).toEqual(['server TEXT-2']);
});

test('VALID-19: a head that is no latin-1 is told, and all else as in the bytes layer', () => {
	expect(told((_environ, startResponse) => last(startResponse('200 \u20ac', []), []))).toEqual(['application TEXT-9']);
	expect(told((_environ, startResponse) => last(startResponse('200 OK', [['a', '\u20ac']]), []))).toEqual([
		'application TEXT-9',
	]);
	expect(told((_environ, startResponse) => last(startResponse('200 OK', []), ['text']))).toEqual([
		'application GATE-50',
	]);
	expect(told((_environ, startResponse) => last(startResponse('200', []), 'text'))).toEqual([
		'application GATE-51',
		'application GATE-11',
	]);
});

test('VALID-3: validate() keeps the layer, and refuses what has none', () => {
	const app = text(good as never, { protocols: ['websocket'] });
	expect(validate(app)[Symbol.for('rsgi.layer') as never]).toBe('text');
	expect(validate(app).protocols).toEqual(['websocket']);
	expect(() => validate((() => []) as never)).toThrow('VALID-3');
	expect(() => validateText((() => []) as never)).toThrow('TEXT-1');
});
