/** A gibibyte up and a gibibyte down through a Python worker, by curl and by httpx: neither process holds it. */
import { describe, expect, test } from 'vitest';
import { record } from '../support/record.ts';
import { CLIENTS, transferred, type Way } from '../support/wsgi-transfer.ts';

const MIB = 1024;
/** How much a transfer may add to the peak of the resident memory of both processes, in bytes. */
const BOUND = 160 * 1024 ** 2;

describe.each(CLIENTS)('1 GiB through a worker, by $name', (client) => {
	test.each<Way>(['download', 'file', 'upload'])('%s', async (way) => {
		const { size, grown, seconds } = await transferred(client, way, MIB);
		record(
			`WSGI, ${client.name}: 1 GiB ${way}`,
			`${(grown / 1024 ** 2).toFixed(1)} MiB more at the peak, ${seconds.toFixed(1)} s`,
		);
		expect(size).toBe(MIB * 1024 ** 2);
		expect(grown).toBeLessThan(BOUND);
	});
});
