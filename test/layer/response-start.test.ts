/** spec/gateway.md §3: startResponse. */
import { utf8 } from 'rsgi';
import { type Body, bytes, type FieldPairs, gateway, lighten, lite } from 'rsgi/gateway';
import { expect, test } from 'vitest';
import { ResponseHead } from '../../src/layer/gateway/response-head.ts';
import { environOf } from '../support/environ.ts';
import { refusal } from '../support/refusal.ts';

const OK = bytes('200 OK');
const ERROR = bytes('500 Internal Server Error');

test('GATE-7: a second call without excInfo is refused', () => {
	const head = new ResponseHead();
	head.start(OK, []);
	expect(refusal('GATE-7', () => head.start(OK, []))).toContain('give it as { error }');
	expect(refusal('GATE-7', () => head.start(OK, [], null))).toContain('twice');
});

test('GATE-8: with excInfo the response is replaced until it was sent, and then the error is thrown on', () => {
	const head = new ResponseHead();
	const fields: FieldPairs = [[bytes('A'), bytes('b')]];
	head.start(OK, []);
	head.start(ERROR, fields, { error: new Error('first') });
	expect(head.status).toBe(ERROR);
	expect(head.fields).toBe(fields);
	head.sent = true;
	const error = new Error('late');
	expect(() => head.start(OK, [], { error })).toThrow(error);
	expect(head.status).toBe(ERROR);
});

test('GATE-9: a status and field lines that are no byte strings are refused', () => {
	const refused = (status: unknown, fields: unknown): string =>
		refusal('GATE-9', () => new ResponseHead().start(status as never, fields as never));
	expect(refused('200 \u20ac', [])).toContain('not text with characters above U+00FF');
	expect(refused(200, [])).toContain("as bytes('200 OK'), not a number");
	expect(refused(OK, { a: 'b' })).toContain('not an object with a');
	expect(refused(OK, ['ab'])).toContain('A field line is [name, value], not a string');
	expect(refused(OK, [['a']])).toContain('A field line is [name, value]');
	expect(refused(OK, [['a', 1]])).toContain('by bytes(), not a number');
	expect(refused(OK, [['a', '\u0100']])).toContain('above U+00FF');
});

test('GATE-10: a block, or the end, without a call is refused, and the body is closed', async () => {
	let closed = 0;
	const close = (): void => void closed++;
	const never = lighten(gateway(() => ({ *[Symbol.iterator]() {}, close })));
	expect(refusal('GATE-10', () => never(environOf()))).toContain('call it before');
	const late = lighten(
		gateway(() => ({
			async *[Symbol.asyncIterator]() {
				yield new Uint8Array(1);
			},
			close,
		})),
	);
	await expect(late(environOf())).rejects.toThrow('GATE-10');
	expect(closed).toBe(2);
	expect(refusal('GATE-10', () => lighten(gateway(() => []))(environOf()))).toContain('startResponse(status, fields)');
});

test.each([false, true])(
	'GATE-10: an empty block is a block too, and the iterator ends before close() (async: %s)',
	async (later) => {
		const log: string[] = [];
		const steps = [new Uint8Array(0), utf8('late')];
		const iterator = {
			next() {
				log.push('next');
				const value = steps.shift();
				const step = value === undefined ? { done: true, value } : { done: false, value };
				return later ? Promise.resolve(step) : step;
			},
			return: () => {
				log.push('return');
				throw new Error('return() fails, too');
			},
		};
		const body = { [later ? Symbol.asyncIterator : Symbol.iterator]: () => iterator, close: () => log.push('close') };
		const app = lighten(gateway(() => body as unknown as Body));
		await expect((async () => app(environOf()))()).rejects.toThrow('GATE-10');
		expect(log).toEqual(['next', 'return', 'close']);
	},
);

test('GATE-22: a lite response whose head is refused has its body closed', async () => {
	let closed = 0;
	const app = lite(() => [OK, [], { *[Symbol.iterator]() {}, close: () => void closed++ }]);
	const error = new Error('no');
	const refuse = (): never => {
		throw error;
	};
	expect(() => app(environOf(), refuse)).toThrow(error);
	expect(closed).toBe(1);
	const slow = lite(() => [OK, [], { *[Symbol.iterator]() {}, close: async () => void closed++ }]);
	await expect(slow(environOf(), refuse)).rejects.toBe(error);
	expect(closed).toBe(2);
	const worse = lite(() => [OK, [], { *[Symbol.iterator]() {}, close: refuse }]);
	expect(() => worse(environOf(), refuse)).toThrow(AggregateError);
});
