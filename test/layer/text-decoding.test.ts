/** spec/text.md §2: how octets become text and text octets. */
import fc from 'fast-check';
import { byteString, bytes, type Environ, octets } from 'rsgi/gateway';
import {
	decodeEnviron,
	decodeFields,
	decodeStatus,
	decodeUtf8,
	encodeEnviron,
	encodeFields,
	encodeStatus,
	encodeUtf8,
	type TextEnviron,
} from 'rsgi/text';
import { expect, test } from 'vitest';
import { environOf } from '../support/environ.ts';
import { refusal } from '../support/refusal.ts';

/** Octets in which sequences, good and nearly good, are likely. */
const likely = fc.oneof(
	fc.uint8Array({ maxLength: 40 }),
	fc
		.array(
			fc.constantFrom(
				0x41,
				0x80,
				0x8f,
				0x90,
				0x9f,
				0xa0,
				0xbf,
				0xc0,
				0xc2,
				0xdf,
				0xe0,
				0xe2,
				0xed,
				0xef,
				0xf0,
				0xf4,
				0xf5,
				0xff,
			),
			{ maxLength: 12 },
		)
		.map((codes) => Uint8Array.from(codes)),
);
const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

function hex(...codes: number[]): string {
	return decodeUtf8(byteString(Uint8Array.from(codes)));
}

test('TEXT-3: valid UTF-8 is decoded as the platform does', () => {
	fc.assert(
		fc.property(fc.string({ unit: 'binary', maxLength: 40 }), (written) => {
			expect(decodeUtf8(byteString(new TextEncoder().encode(written)))).toBe(written);
		}),
	);
	fc.assert(
		fc.property(likely, (block) => {
			const decoded = decodeUtf8(byteString(block));
			let valid: string | null;
			try {
				valid = strict.decode(block);
			} catch {
				valid = null;
			}
			// A lone surrogate is there if, and only if, some octet was no UTF-8.
			if (valid === null) expect(decoded.isWellFormed()).toBe(false);
			else expect(decoded).toBe(valid);
		}),
	);
});

test('TEXT-3: octets that are no UTF-8 become escapes, one each, and never throw', () => {
	expect(hex(0x61, 0xff, 0x62)).toBe('a\udcffb');
	expect(hex(0x80)).toBe('\udc80');
	expect(hex(0xc3)).toBe('\udcc3');
	expect(hex(0xc0, 0xaf)).toBe('\udcc0\udcaf');
	expect(hex(0xe0, 0x80, 0x80)).toBe('\udce0\udc80\udc80');
	expect(hex(0xed, 0xa0, 0x80)).toBe('\udced\udca0\udc80');
	expect(hex(0xf4, 0x90, 0x80, 0x80)).toBe('\udcf4\udc90\udc80\udc80');
	expect(hex(0xe2, 0x82, 0x41)).toBe('\udce2\udc82A');
	expect(hex(0xf0, 0x9f, 0x98, 0x80, 0xf0, 0x9f)).toBe('\u{1f600}\udcf0\udc9f');
	expect(hex(0xef, 0xbb, 0xbf)).toBe('\ufeff');
});

test('TEXT-4: what was decoded is encoded to the octets it was', () => {
	fc.assert(
		fc.property(likely, (block) => {
			const original = byteString(block);
			expect(encodeUtf8(decodeUtf8(original))).toBe(original);
		}),
		{ numRuns: 2000 },
	);
	fc.assert(
		fc.property(fc.string({ unit: 'binary', maxLength: 40 }), (written) => {
			expect(octets(encodeUtf8(written))).toEqual(new TextEncoder().encode(written));
		}),
	);
	expect(encodeUtf8(`/new${hex(0xff)}/é`)).toBe(bytes('/new\xff/\xc3\xa9'));
});

test('TEXT-5: a lone surrogate that is no escape is refused', () => {
	for (const lone of ['\ud800', '\udbff', '\udc00', '\udc7f', '\udd00', '\udfff', '\udc80\ud83d']) {
		expect(refusal('TEXT-5', () => encodeUtf8(`a${lone}`))).toMatch(/^Character [12] is the lone surrogate U\+D/);
	}
	const environ = { ...decodeEnviron(environOf()), PATH_INFO: '/\ud800' };
	expect(refusal('TEXT-5', () => encodeEnviron(environ))).toContain('text.toWellFormed()');
});

test('TEXT-6: path and query are UTF-8, all else latin-1', () => {
	const raw = bytes('/\xc3\xa9\xff');
	const decoded = decodeEnviron(
		environOf({
			SCRIPT_NAME: raw,
			PATH_INFO: raw,
			QUERY_STRING: raw,
			HTTP_X_A: raw,
			REMOTE_USER: raw,
			'rsgi.target': raw,
			'rsgi.fields': [bytes('X-A'), raw],
		}),
	);
	expect(decoded).toMatchObject({
		'wsgi.layer': 'text',
		SCRIPT_NAME: '/\xe9\udcff',
		PATH_INFO: '/\xe9\udcff',
		QUERY_STRING: '/\xe9\udcff',
		HTTP_X_A: '/\xc3\xa9\xff',
		REMOTE_USER: '/\xc3\xa9\xff',
		REQUEST_METHOD: 'GET',
		'rsgi.target': '/\xc3\xa9\xff',
		'rsgi.fields': ['X-A', '/\xc3\xa9\xff'],
	});
});

test('TEXT-7: the bytes environ is kept, other values are the same, and all goes back as it was', () => {
	fc.assert(
		fc.property(likely, likely, likely, (path, query, field) => {
			const session = { id: 1 };
			const environ = environOf({
				PATH_INFO: byteString(path),
				QUERY_STRING: byteString(query),
				HTTP_X_A: byteString(field),
				'my.session': session,
			});
			const decoded = decodeEnviron(environ);
			expect(decoded['rsgi.bytes']).toBe(environ);
			expect(decoded['my.session']).toBe(session);
			expect(decoded['wsgi.input']).toBe(environ['wsgi.input']);
			expect(encodeEnviron(decoded)).toEqual(environ);
		}),
	);
});

test('TEXT-7: what was changed goes back changed', () => {
	const decoded = decodeEnviron(environOf());
	const changed: TextEnviron = {
		...decoded,
		SCRIPT_NAME: '/é',
		HTTP_X_A: 'b\xe9',
		HTTP_X_B: undefined,
		'rsgi.fields': ['X-A', 'b\xe9'],
		'my.name': '\u20ac',
	};
	const encoded: Environ = encodeEnviron(changed);
	expect(encoded).toMatchObject({
		'wsgi.layer': 'bytes',
		SCRIPT_NAME: bytes('/\xc3\xa9'),
		HTTP_X_A: bytes('b\xe9'),
		'rsgi.fields': [bytes('X-A'), bytes('b\xe9')],
		'my.name': '\u20ac',
	});
	expect('rsgi.bytes' in encoded).toBe(false);
});

test('TEXT-8: a value that is no latin-1 is refused, by its key', () => {
	const refused = (values: Record<string, unknown>): string =>
		refusal('TEXT-8', () => encodeEnviron({ ...decodeEnviron(environOf()), ...values } as TextEnviron));
	expect(refused({ REMOTE_USER: 'Łukasz' })).toContain(
		'environ["REMOTE_USER"] goes back to octets as latin-1, and it has',
	);
	expect(refused({ HTTP_X_A: '\u20ac' })).toContain('HTTP_X_A');
	expect(refused({ CONTENT_LENGTH: 5 })).toContain('it is a number: put such values under a key with a dot');
	expect(refused({ 'rsgi.target': '/\u20ac' })).toContain('rsgi.target');
	expect(refused({ 'rsgi.connect': '\u20ac' })).toContain('rsgi.connect');
	expect(refused({ 'rsgi.fields': ['A', '\u20ac'] })).toContain('rsgi.fields');
});

test('TEXT-9: a status and field lines go to octets and back, and are refused when they are no latin-1', () => {
	const fields = [['X-A', 'b\xe9']] as const;
	expect(encodeStatus('200 D\xe9j\xe0')).toBe(bytes('200 D\xe9j\xe0'));
	expect(decodeStatus(bytes('200 OK'))).toBe('200 OK');
	expect(encodeFields(fields)).toBe(fields);
	expect(decodeFields(encodeFields(fields))).toBe(fields);
	expect(refusal('TEXT-9', () => encodeStatus('200 \u20ac'))).toContain('The status line is sent as latin-1');
	expect(refusal('TEXT-9', () => encodeStatus(200 as never))).toContain('is a string, not a number');
	expect(refusal('TEXT-9', () => encodeFields([['X-\u20ac', 'a']]))).toContain('A field name is sent as latin-1');
	expect(refusal('TEXT-9', () => encodeFields([['X-A', '\u20ac']]))).toContain('The value of X-A is sent as latin-1');
	expect(refusal('TEXT-9', () => encodeFields([['X-A', 5 as never]]))).toContain(
		'The value of X-A is a string, not a number',
	);
	expect(refusal('TEXT-9', () => encodeFields({ a: 'b' } as never))).toContain('not an object with a');
	expect(refusal('TEXT-9', () => encodeFields([['a'] as never]))).toContain('A field line is [name, value]');
});
