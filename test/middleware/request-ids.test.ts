/** spec/middleware.md §2: request ids. */
import { requestIds } from 'rsgi/middleware/request-ids';
import { describe, expect, test } from 'vitest';
import { rich } from '../../src/rich/app.ts';
import { utf8 } from '../../src/wire/utf8.ts';
import { answered } from '../support/answered.ts';

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

/** Answers with what it sees. */
const seen = rich((exchange) => {
	exchange.respond(200, ['x-request-id', 'of the application', 'a', '1']);
	exchange.end(utf8(exchange.fields.all('x-request-id').join('|')));
});

describe('MW-3', () => {
	test('a new id, the same for the application and in the response', async () => {
		const app = requestIds()(seen);
		const one = await answered(app, { fields: ['accept', '*/*'] });
		const other = await answered(app);
		expect(one.text).toMatch(UUID);
		expect(one.fields.lines).toEqual(['x-request-id', one.text, 'a', '1']);
		expect(other.text).not.toBe(one.text);
	});

	test.each(['7', 'a.b_c~d+e=f@g:h-i', 'x'.repeat(128)])('one that came is kept: %s', async (id) => {
		const client = await answered(requestIds()(seen), { fields: ['X-Request-Id', id] });
		expect(client.text).toBe(id);
		expect(client.fields.first('x-request-id')).toBe(id);
	});

	test.each(['', 'a b', 'a"b', '<b>', 'a,b', 'ü', '$(x)', 'x'.repeat(129)])(
		'one that is not well-formed is replaced: %s',
		async (id) => {
			const client = await answered(requestIds()(seen), { fields: ['X-Request-Id', id] });
			expect(client.text).toMatch(UUID);
		},
	);

	test('two are replaced by one', async () => {
		const client = await answered(requestIds()(seen), { fields: ['x-request-id', '1', 'a', 'b', 'X-Request-ID', '1'] });
		expect(client.text).toMatch(UUID);
	});

	test('which are accepted, how they are made, and what carries them, is for the application to say', async () => {
		const ids = requestIds({ field: 'x-trace', accept: (id) => id.startsWith('ours-'), make: () => 'made' });
		const app = ids(
			rich((exchange) => {
				exchange.respond(200);
				exchange.end(utf8(exchange.fields.first('x-trace') ?? ''));
			}),
		);
		expect((await answered(app, { fields: ['x-trace', 'theirs'] })).text).toBe('made');
		const ours = await answered(app, { fields: ['x-trace', 'ours-1'] });
		expect(ours.log).toEqual(['respond 200 x-trace: ours-1', 'data ours-1', 'end']);
	});

	test('an id that was made and is none is the fault of who made it', async () => {
		const client = await answered(requestIds({ make: () => 'a b' })(seen));
		expect(client.status).toBe(500);
		expect(client.faults).toMatchObject([{ rule: 'MW-3' }]);
	});

	test('a tunnel has it too', async () => {
		const app = rich((exchange) => {
			exchange.accept?.(['a', '1'], {}).end();
		});
		const request = { protocol: 'toy', fields: ['x-request-id', '7'] } as const;
		const client = await answered(requestIds()(app), request);
		expect(client.log[0]).toBe('accept a: 1 x-request-id: 7');
	});
});
