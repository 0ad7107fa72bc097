/** spec/middleware.md §9: proxies in front. */
import { type TrustProxyOptions, trustProxy } from 'rsgi/middleware/trust-proxy';
import { describe, expect, test } from 'vitest';
import { rich } from '../../src/rich/app.ts';
import { WrappedExchange } from '../../src/rich/wrapped-exchange.ts';
import { utf8 } from '../../src/wire/utf8.ts';
import { answered } from '../support/answered.ts';

/** Answers with what it sees. */
const seen = rich((exchange) => {
	const { peer } = exchange.connection;
	exchange.respond(200);
	exchange.end(
		utf8(
			JSON.stringify([
				peer === null ? null : peer.family === 'unix' ? 'unix' : peer.address,
				exchange.scheme,
				exchange.authority,
				exchange.fields.lines,
			]),
		),
	);
});

class Connected extends WrappedExchange {
	override get connection(): WrappedExchange['connection'] {
		return { id: 1, peer: { family: 'IPv4', address: '10.0.0.1', port: 9 }, local: null, tls: null };
	}
}

async function through(options: TrustProxyOptions, ...fields: string[]): Promise<unknown> {
	const app = trustProxy(options)(seen);
	const client = await answered(
		rich((exchange) => WrappedExchange.run(app, new Connected(exchange))),
		{ fields },
	);
	return client.text.startsWith('[') ? JSON.parse(client.text) : client.text;
}

/** Of that, the first: the peer, the scheme … */
async function begins(count: number, ...given: Parameters<typeof through>): Promise<unknown[]> {
	return ((await through(...given)) as unknown[]).slice(0, count);
}

const TEN = ['10.0.0.0/8'];

describe('MW-30', () => {
	test.each<[string, TrustProxyOptions['proxies'], string, string | null]>([
		['one proxy', 1, '192.0.2.1', '192.0.2.1'],
		['one proxy, and a lie of the client', 1, '6.6.6.6, 192.0.2.1', '192.0.2.1'],
		['two proxies', 2, '6.6.6.6, 192.0.2.1, 10.0.0.2', '192.0.2.1'],
		['fewer hops than proxies: the client has come past one', 3, '192.0.2.1', '192.0.2.1'],
		['ranges', TEN, '6.6.6.6, 192.0.2.1, 10.0.0.2', '192.0.2.1'],
		['all are proxies', TEN, '10.0.0.3, 10.0.0.2', '10.0.0.3'],
		['with ports', 1, '192.0.2.1:4711', '192.0.2.1'],
		['IPv6', 1, '[2001:db8::1]:4711', '2001:db8::1'],
		['a bare IPv6 address', 1, '2001:DB8:0::1', '2001:db8::1'],
		['IPv4 in IPv6', 1, '::ffff:192.0.2.1', '192.0.2.1'],
		['who is hidden has no address, and never that of the proxy', 1, 'unknown', null],
	])('the peer: %s', async (_what, proxies, value, peer) => {
		expect(await begins(1, { proxies }, 'x-forwarded-for', value)).toEqual([peer]);
	});

	test('who is not trusted is not believed', async () => {
		const fields = ['x-forwarded-for', '6.6.6.6', 'x-forwarded-proto', 'https', 'forwarded', 'for=6.6.6.6', 'a', 'b'];
		const own = ['10.0.0.1', 'http', 'localhost', ['a', 'b']];
		expect(await through({ proxies: ['192.0.2.0/24', 'unix'] }, ...fields)).toEqual(own);
	});

	test('scheme and authority', async () => {
		const fields = [
			'host',
			'inner',
			'x-forwarded-for',
			'192.0.2.1',
			'x-forwarded-proto',
			'https',
			'x-forwarded-host',
			'a.test',
		];
		expect(await through({ proxies: 1 }, ...fields)).toEqual([
			'192.0.2.1',
			'https',
			'a.test',
			['host', 'a.test', 'x-forwarded-for', '192.0.2.1', 'x-forwarded-proto', 'https', 'x-forwarded-host', 'a.test'],
		]);
		expect(await begins(2, { proxies: 1 }, 'x-forwarded-proto', 'https')).toEqual(['10.0.0.1', 'https']);
	});

	test('Forwarded', async () => {
		const value = 'for=6.6.6.6, for="[2001:db8::1]:80";proto=https;host="a.test";by=_x, For=10.0.0.2';
		expect(await through({ proxies: TEN, fields: 'forwarded' }, 'forwarded', value)).toEqual([
			'2001:db8::1',
			'https',
			'a.test',
			['forwarded', 'for="[2001:db8::1]";proto=https;host="a.test", for=10.0.0.2'],
		]);
		expect(await begins(1, { proxies: 1, fields: 'forwarded' }, 'forwarded', 'for=_gateway')).toEqual([null]);
	});
});

describe('MW-30: what clients try', () => {
	test.each<[string, string, string | null]>([
		// What comes last was said by the proxy; what a client wrote before it changes nothing.
		['empty members', '6.6.6.6, ,, 192.0.2.1', '192.0.2.1'],
		['a comma at the end, before the proxy adds its own', '6.6.6.6,, 192.0.2.1', '192.0.2.1'],
		['what is no address before it', '<script>, 192.0.2.1', '192.0.2.1'],
		['a number for an address', '2130706433', null],
		['octal', '010.0.0.1', null],
		['hexadecimal', '0x7f.0.0.1', null],
		['short forms', '127.1', null],
		['a port beyond all ports', '192.0.2.1:65536', null],
		['a bracket that does not close', '[2001:db8::1', null],
		['an address of IPv4 in brackets is one', '[192.0.2.1]', '192.0.2.1'],
		['a zone', 'fe80::1%eth0', null],
		['a name', 'localhost', null],
		['an obfuscated identifier', '_hidden', null],
	])('X-Forwarded-For with %s', async (_what, value, peer) => {
		expect(await begins(1, { proxies: 1 }, 'x-forwarded-for', value)).toEqual([peer]);
	});

	test('several lines are one list, and the proxy stands last', async () => {
		const fields = ['x-forwarded-for', '6.6.6.6', 'X-Forwarded-For', '192.0.2.1'];
		expect(await begins(1, { proxies: 1 }, ...fields)).toEqual(['192.0.2.1']);
		const forwarded = ['forwarded', 'for=6.6.6.6', 'Forwarded', 'for=192.0.2.1'];
		expect(await begins(1, { proxies: 1, fields: 'forwarded' }, ...forwarded)).toEqual(['192.0.2.1']);
	});

	test('an address that only looks like a trusted one is where the way ends', async () => {
		for (const lie of ['010.0.0.2', '10.2', '0xa.0.0.2', '[::ffff:10.0.0.2', '10.0.0.2.example']) {
			expect(await begins(1, { proxies: TEN }, 'x-forwarded-for', `6.6.6.6, ${lie}`), lie).toEqual([null]);
		}
		// One that is trusted in other clothes is trusted.
		expect(await begins(1, { proxies: TEN }, 'x-forwarded-for', '192.0.2.1, ::ffff:10.0.0.2')).toEqual(['192.0.2.1']);
	});

	test('a quotation that a client leaves open never swallows what the proxy adds', async () => {
		for (const begun of ['for="6.6.6.6', 'for=6.6.6.6;x="', 'x="\\', 'for=6.6.6.6;host="a;x=\\"']) {
			for (const added of ['for=192.0.2.1', 'for="[2001:db8::1]"', 'for="[2001:db8::1]";host="a.test";proto=https']) {
				const told = await through({ proxies: 1, fields: 'forwarded' }, 'forwarded', `${begun}, ${added}`);
				expect(told, `${begun}, ${added}`).toMatch(/malformed/);
			}
		}
	});

	test('more hops than anybody has are refused, and cost little', async () => {
		const many = Array.from({ length: 10_000 }, () => '192.0.2.1').join(',');
		expect(await through({ proxies: 1 }, 'x-forwarded-for', many)).toMatch(/malformed/);
		const forwarded = Array.from({ length: 10_000 }, () => 'for=192.0.2.1').join(',');
		expect(await through({ proxies: 1, fields: 'forwarded' }, 'forwarded', forwarded)).toMatch(/malformed/);
	});
});

describe('MW-31', () => {
	test('what nobody trusted has said, and the family that was not asked for, is taken out', async () => {
		const fields = ['x-forwarded-for', '6.6.6.6, 192.0.2.1', 'forwarded', 'for=6.6.6.6', 'x-real-ip', '6.6.6.6'];
		expect(await through({ proxies: 1 }, ...fields)).toMatchObject([
			'192.0.2.1',
			'http',
			'localhost',
			['x-forwarded-for', '192.0.2.1'],
		]);
		expect(await begins(1, { proxies: 1, fields: 'forwarded' }, 'x-forwarded-for', '6.6.6.6')).toEqual(['10.0.0.1']);
	});

	test.each([
		['forwarded', 'for="6.6.6.6, for=192.0.2.1'],
		['forwarded', 'for=192.0.2.1;for=6.6.6.6'],
		['forwarded', 'proto=gopher'],
		['forwarded', 'host="a/b"'],
		['x-forwarded', 'a b'],
	] as const)('%s that cannot be read is refused: %s', async (fields, value) => {
		const name = fields === 'forwarded' ? 'forwarded' : 'x-forwarded-host';
		expect(await through({ proxies: 1, fields }, name, value)).toMatch(/malformed/);
	});
});

test.each([0, 1.5, 33, ['10.0.0.1/8'], ['localhost'], 'x'])('MW-1: %j is nobody to trust', (proxies) => {
	expect(() => trustProxy({ proxies: proxies as never })).toThrow(/MW-1/);
});
