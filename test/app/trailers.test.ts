/** spec/apps.md §1. */
import { createHash } from 'node:crypto';
import { utf8 } from 'rsgi';
import { type TrailedContent, trailers } from 'rsgi/trailers';
import { describe, expect, test } from 'vitest';
import type { PairRequest } from '../../src/rich/pair.ts';
import { recorded } from '../support/recorded-client.ts';
import { refusal } from '../support/refusal.ts';
import { settled } from '../support/settled.ts';

async function turns(): Promise<void> {
	for (let turn = 0; turn < 12; turn++) await settled();
}

const sum = trailers(
	async function* (_exchange, { content }) {
		const hash = createHash('sha256');
		for await (const chunk of content) {
			hash.update(chunk);
			yield chunk;
		}
		return ['x-checksum', hash.digest('hex').slice(0, 8)];
	},
	{ status: 201, fields: ['content-type', 'text/plain'], names: ['x-checksum'] },
);

describe('APP-1: content and trailer fields of one generator', () => {
	const request: PairRequest = { method: 'POST', hasContent: true };
	test('on HTTP/2, and where there are no trailer fields', async () => {
		for (const [httpVersion, field, end] of [
			['2', ' trailer: x-checksum', 'end x-checksum: 2cf24dba'],
			['1.0', '', 'end'],
		] as const) {
			const client = recorded(sum, { ...request, httpVersion });
			client.client.send(utf8('hello'));
			client.client.end();
			await turns();
			expect(client.faults).toEqual([]);
			expect(client.log).toEqual([`respond 201 content-type: text/plain${field}`, 'data hello', end]);
		}
	});
	test('of a generator that is not async, and that returns nothing', async () => {
		const client = recorded(
			trailers(function* () {
				yield utf8('a');
				yield utf8('b');
			}),
		);
		await turns();
		expect(client.log).toEqual(['respond 200', 'data a', 'data b', 'end']);
	});
	test('a failure before the first chunk is a 500, one behind it a reset', async () => {
		const failing = (chunks: number): ReturnType<typeof trailers> =>
			trailers(async function* () {
				for (let count = 0; count < chunks; count++) yield utf8('x');
				throw new Error('boom');
			});
		for (const [chunks, last] of [
			[0, 'end'],
			[1, 'reset 2'],
		] as const) {
			const client = recorded(failing(chunks));
			await turns();
			expect(client.status).toBe(chunks === 0 ? 500 : 200);
			expect(client.log.at(-1)).toBe(last);
			expect(client.faults.map(String)).toEqual(['Error: boom']);
		}
	});
	test('what is given wrongly is refused', () => {
		refusal('APP-1', () => trailers(null as never));
		refusal('APP-1', () => trailers(function* () {}, { names: ['no name'] }));
	});
});

test('APP-2: the generator goes no faster than the client, and ends with the exchange', async () => {
	let made = 0;
	let returned = false;
	const app = trailers(async function* (): TrailedContent {
		try {
			for (;;) {
				made++;
				yield new Uint8Array(32 * 1024);
			}
		} finally {
			returned = true;
		}
	} as () => TrailedContent);
	const client = recorded(app);
	client.client.pause();
	await turns();
	expect(made).toBeLessThan(5);
	expect(returned).toBe(false);
	client.client.lose();
	await turns();
	expect(returned).toBe(true);
	expect(client.faults).toEqual([]);
});
