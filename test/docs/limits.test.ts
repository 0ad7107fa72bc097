/** docs/limits.md names every limit and deadline, with the default it has and a reason for it. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { HTTP1_LIMITS } from '../../src/engine/http1/limits.ts';
import { HTTP2_LIMITS } from '../../src/engine/http2/limits.ts';
import { WEBSOCKET_LIMITS } from '../../src/engine/websocket/limits.ts';
import { SERVER_LIMITS } from '../../src/host/node/serve-options.ts';
import { OUTPUT_MARKS } from '../../src/rich/context.ts';
import { DEFAULT_TIMEOUTS } from '../../src/wire/timeouts.ts';

const GROUPS = {
	server: SERVER_LIMITS,
	output: OUTPUT_MARKS,
	http1: HTTP1_LIMITS,
	http2: HTTP2_LIMITS,
	timeouts: DEFAULT_TIMEOUTS,
	websocket: WEBSOCKET_LIMITS,
};

test.each(Object.entries(GROUPS))('docs/limits.md lists %s whole, and nothing else', (group, defaults) => {
	const text = readFileSync(new URL('../../docs/limits.md', import.meta.url), 'utf8');
	const section = text.split('\n## ').find((part) => part.startsWith(`\`${group}\``));
	const listed: Record<string, number> = {};
	for (const line of section?.split('\n') ?? []) {
		const cells = line.split('|').map((cell) => cell.trim());
		const names = [...(cells[1] ?? '').matchAll(/`(\w+)`/g)].map((found) => found[1] as string);
		if (names.length > 0) expect({ names, reason: cells[4] }).toEqual({ names, reason: expect.stringMatching(/\w/) });
		const values = (cells[2] ?? '').split(',').map(Number);
		names.forEach((name, at) => {
			listed[name] = values[at] as number;
		});
	}
	expect(listed).toEqual({ ...defaults });
});
