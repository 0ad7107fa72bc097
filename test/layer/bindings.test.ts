/** spec/gateway.md §5: bindings. */
import { type ByteString, bytes, type Environ, type LiteResponse, lite } from 'rsgi/gateway';
import { expect, expectTypeOf, test } from 'vitest';
import { environOf } from '../support/environ.ts';
import { refusal } from '../support/refusal.ts';

const OK = bytes('200 OK');

test('GATE-30: bindings give the values of keys and functions, the first of several that is there', async () => {
	const order: string[] = [];
	let seen: unknown = null;
	const app = lite(
		{
			path: 'PATH_INFO',
			session: 'my.session',
			missing: 'my.missing',
			user: async (environ: Environ) => {
				order.push('user');
				return { name: environ.PATH_INFO };
			},
			first: ['my.missing', async () => undefined, () => 5, 'my.session'],
			length: () => order.push('length'),
		},
		(environ, { path, session, missing = 'default', user, first, length }) => {
			expectTypeOf(path).toEqualTypeOf<ByteString>();
			expectTypeOf(user).toEqualTypeOf<{ name: ByteString }>();
			expectTypeOf(length).toEqualTypeOf<number>();
			expectTypeOf(session).toEqualTypeOf<unknown>();
			seen = { path, session, missing, user, first, length, layer: environ['wsgi.layer'] };
			return [OK, [], []];
		},
	);
	await app(environOf({ 'my.session': 's' }));
	const path = bytes('/');
	expect(seen).toEqual({
		path,
		session: 's',
		missing: 'default',
		user: { name: path },
		first: 5,
		length: 2,
		layer: 'bytes',
	});
	expect(order).toEqual(['user', 'length']);
});

test('GATE-30: hooks beside bindings, bindings of what is lite already, and a binding that fails', async () => {
	const start = (): void => {};
	const outer = lite({}, () => [OK, [], []], { start });
	expect({ ...outer }).toMatchObject({ start });
	expect(outer(environOf())).toEqual([OK, [], []]);
	expect(refusal('GATE-30', () => lite({}, outer))).toContain('give them where it is made');
	const error = new Error('no user');
	const failing = lite({ user: async () => Promise.reject(error) }, () => [OK, [], []]);
	await expect(failing(environOf())).rejects.toBe(error);
});

test('GATE-30: bindings that are none are refused when the application is made', () => {
	const none = (): LiteResponse => [OK, [], []];
	const refused = (bindings: unknown): string => refusal('GATE-30', () => lite(bindings as never, none));
	expect(refused({ user: 5 })).toContain('The binding of user is a key, a function of the environ or an array of them');
	expect(refused({ user: ['a', [() => 1]] })).toContain('not an Array');
	expect(refused(null)).toContain('not null');
	expect(refused([])).toContain('not an Array');
	// @ts-expect-error a number
	expect(() => lite({ user: 5 }, none)).toThrow('GATE-30');
});
