/** Uploads and downloads are streamed, by curl and by httpx: `test/long/wsgi-transfers.test.ts` does it with a gibibyte. */
import { describe, expect, test } from 'vitest';
import { CLIENTS, transferred, type Way } from '../support/wsgi-transfer.ts';

/** More than both processes may take, so that one that held the content would be seen. */
const MIB = 256;
const BOUND = 160 * 1024 ** 2;

/** curl over plain connections, and httpx over TLS. */
const SOME = CLIENTS.filter(({ name, tls }) => name.startsWith('httpx') === tls);

describe.each(SOME)('256 MiB through a worker, by $name', (client) => {
	test.each<Way>(['download', 'upload'])(
		'%s',
		async (way) => {
			const { size, grown } = await transferred(client, way, MIB);
			expect(size).toBe(MIB * 1024 ** 2);
			expect(grown).toBeLessThan(BOUND);
		},
		150_000,
	);
});
