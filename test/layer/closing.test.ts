/** spec/gateway.md §5: resources. */
import { type Closable, Resources } from 'rsgi/gateway';
import { expect, test } from 'vitest';
import { refusal } from '../support/refusal.ts';
import { settled } from '../support/settled.ts';

const unexpected = (error: unknown): void => {
	throw error;
};

test('GATE-27: resources close in reverse order, once each, one after the other', async () => {
	const log: string[] = [];
	const resources = new Resources(unexpected);
	const a = { close: () => void log.push('a') };
	expect(resources.closing(a)).toBe(a);
	resources.closing({
		async [Symbol.asyncDispose]() {
			log.push('b begins');
			await null;
			log.push('b ends');
		},
		close: unexpected,
	});
	resources.closing({ [Symbol.dispose]: () => void log.push('c') });
	resources.closing(a);
	await resources.close();
	expect(log).toEqual(['c', 'b begins', 'b ends', 'a']);
	expect(resources.close()).toBeUndefined();
	expect(log.length).toBe(4);
	expect(new Resources(unexpected).close()).toBeUndefined();
});

test('GATE-27: what cannot be closed is refused when it is registered', () => {
	const { closing } = new Resources(unexpected);
	// @ts-expect-error nothing to close
	expect(refusal('GATE-27', () => closing({ open: 1 }))).toContain(
		'not an object with open: give it an object with close()',
	);
	expect(refusal('GATE-27', () => closing(null as never))).toContain('not null');
	expect(refusal('GATE-27', () => closing({ close: 1 } as never))).toContain('not an object with close');
});

test('GATE-28: all are closed, and what went wrong is thrown together behind', async () => {
	const log: string[] = [];
	const fails = (name: string): Closable => ({
		close: () => {
			log.push(name);
			throw new Error(name);
		},
	});
	const sync = new Resources(unexpected);
	sync.closing(fails('a'));
	sync.closing({ close: () => void log.push('b') });
	sync.closing(fails('c'));
	expect(() => sync.close()).toThrow(AggregateError);
	expect(log.splice(0)).toEqual(['c', 'b', 'a']);
	const slow = new Resources(unexpected);
	slow.closing(fails('a'));
	slow.closing({ close: async () => Promise.reject(new Error('b')) });
	const thrown = await Promise.resolve(slow.close()).catch((error: unknown) => error);
	expect(thrown).toBeInstanceOf(AggregateError);
	expect((thrown as AggregateError).errors.map(String)).toEqual(['Error: b', 'Error: a']);
	expect((thrown as AggregateError).message).toContain('2 of');
});

test('GATE-29: what is registered after the end is closed at once, and its failure is told', async () => {
	const late: unknown[] = [];
	const resources = new Resources((error) => late.push(error));
	await resources.close();
	let closed = 0;
	resources.closing({ close: () => void closed++ });
	expect(closed).toBe(1);
	resources.closing({ close: () => unexpected('sync') });
	resources.closing({ close: async () => Promise.reject('async') });
	await settled();
	expect(late).toEqual(['sync', 'async']);
});
