/** HPACK against python-hpack: the corpus, and what is made of it. They agree on all of it. */
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { DecodeResult, HpackDecoder } from '../../src/engine/hpack/decoder.ts';
import { utf8 } from '../../src/wire/utf8.ts';
import { succeed } from '../support/command.ts';
import { decodeWithin, toHex } from '../support/hpack-block.ts';
import { mutated } from './mutate.ts';
import { Random } from './random.ts';
import { blocksOf, target } from './target/hpack.ts';

function inputs(): Uint8Array[] {
	const folder = new URL('corpus/hpack/', import.meta.url);
	const corpus = readdirSync(folder)
		.sort()
		.map((file) => new Uint8Array(readFileSync(new URL(file, folder))));
	const random = new Random(1);
	const more = Array.from({ length: 20_000 }, () =>
		mutated(random, random.pick(corpus), random.pick(corpus), target.words, target.maxLength),
	);
	return [...corpus, ...more];
}

test('RFC 7541: python-hpack takes the same blocks, and decodes them to the same', async () => {
	const connections = inputs()
		.map((input) => ({ limit: ((input[0] ?? 0) & 15) * 300, blocks: blocksOf(input) }))
		.filter(({ blocks }) => blocks.length > 0);
	const lines = connections.map(({ limit, blocks }) => [limit, ...blocks.map((block) => `x${toHex(block)}`)].join(' '));
	const peer = fileURLToPath(new URL('hpack_peer.py', import.meta.url));
	const stdout = await succeed('/usr/bin/python3', [peer], utf8(`${lines.join('\n')}\n`));
	const answers = stdout.trim().split('\n');
	expect(answers).toHaveLength(connections.length);
	const differences = new Set<string>();
	let same = 0;
	for (const [at, { limit, blocks }] of connections.entries()) {
		const theirs = JSON.parse(answers[at] as string) as (string | string[][])[];
		const decoder = new HpackDecoder(limit);
		for (const [number, block] of blocks.entries()) {
			const { result, lines: ours } = decodeWithin(decoder, block, 1 << 24);
			const other = theirs[number];
			if (other === undefined) break;
			const mine = result === DecodeResult.INVALID ? (decoder.error?.message ?? '') : 'taken';
			const told = typeof other === 'string' ? other : 'taken';
			if (mine === 'taken' && told === 'taken') {
				expect(other, toHex(block)).toEqual(ours);
				same++;
				continue;
			}
			if (mine === 'taken' || told === 'taken') {
				differences.add(`${mine} / ${told}: ${limit} ${toHex(block)}`.slice(0, 300));
			}
			break;
		}
	}
	expect([...differences].slice(0, 20)).toEqual([]);
	expect(same).toBeGreaterThan(1000);
});
