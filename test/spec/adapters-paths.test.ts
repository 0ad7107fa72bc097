/** spec/adapters.md §1: the way between layers. */
import { type RichApp, rich, utf8 } from 'rsgi';
import {
	type AnyApp,
	adapt,
	gatewayToLite,
	gatewayToText,
	liteToGateway,
	richToGateway,
	richToText,
	textToGateway,
	textToRich,
} from 'rsgi/adapters';
import { type FetchApp, fetch as fetchApp } from 'rsgi/fetch';
import { type FetchServerApp, fetchServer } from 'rsgi/fetch-server';
import { bytes, type GatewayApp, gateway, type LiteApp, lite } from 'rsgi/gateway';
import { type NodeApp, node as nodeApp } from 'rsgi/node';
import { type TextApp, text } from 'rsgi/text';
import { describe, expect, expectTypeOf, test } from 'vitest';
import { LAYER, layerOf } from '../../src/wire/layer.ts';
import { recorded } from '../support/recorded-client.ts';
import { refusal } from '../support/refusal.ts';
import { settled } from '../support/settled.ts';

const hooks = { start: () => {}, stop: () => {}, protocols: ['toy'] };

const apps = {
	rich: rich((exchange) => {
		exchange.respond(200, ['x-a', '1']);
		exchange.end(utf8('hello'));
	}, hooks),
	gateway: gateway((_environ, startResponse) => {
		startResponse(bytes('200 OK'), [[bytes('x-a'), bytes('1')]]);
		return [utf8('hello')];
	}, hooks),
	lite: lite(() => [bytes('200 OK'), [[bytes('x-a'), bytes('1')]], [utf8('hello')]], hooks),
	text: text((_environ, startResponse) => {
		startResponse('200 OK', [['x-a', '1']]);
		return [utf8('hello')];
	}, hooks),
	fetch: fetchApp(() => new Response('hello', { headers: { 'x-a': '1' } }), hooks),
	'fetch-server': fetchServer({ fetch: () => new Response('hello', { headers: { 'x-a': '1' } }) }, hooks),
	node: nodeApp((_request, response) => {
		response.setHeader('x-a', '1');
		response.end('hello');
	}, hooks),
};

const LAYERS = ['rich', 'gateway', 'lite', 'text', 'fetch', 'fetch-server', 'node'] as const;
/** Those below the gateway, by which tunnels do not go. */
const GATEWAYS: readonly string[] = ['gateway', 'lite', 'text'];

describe('ADAPT-3: adapt() finds the way', () => {
	for (const from of LAYERS) {
		for (const to of LAYERS) {
			test(`from ${from} to ${to}`, async () => {
				const adapted = adapt(apps[from] as AnyApp, to);
				expect(layerOf(adapted)).toBe(to);
				if (from === to) expect(adapted).toBe(apps[from]);
				const client = recorded(adapt(adapted, 'rich'), { httpVersion: '1.1' });
				for (let turns = 0; turns < 10; turns++) await settled();
				expect(client.faults).toEqual([]);
				expect([client.status, client.fields.first('x-a'), client.text]).toEqual([200, '1', 'hello']);
				expect(client.log.at(-1)).toBe('end');
			});
		}
	}

	test('and its type is that of the layer', () => {
		expectTypeOf(adapt(apps.text, 'rich')).toEqualTypeOf<RichApp>();
		expectTypeOf(adapt(apps.rich, 'gateway')).toEqualTypeOf<GatewayApp>();
		expectTypeOf(adapt(apps.gateway, 'lite')).toEqualTypeOf<LiteApp>();
		expectTypeOf(adapt(apps.lite, 'text')).toEqualTypeOf<TextApp>();
		expectTypeOf(adapt(apps.text, 'fetch')).toEqualTypeOf<FetchApp>();
		expectTypeOf(adapt(apps.fetch, 'fetch-server')).toEqualTypeOf<FetchServerApp>();
		expectTypeOf(adapt(apps.fetch, 'node')).toEqualTypeOf<NodeApp>();
		// @ts-expect-error an unmarked function is no application
		expect(() => adapt(() => [], 'rich')).toThrow('ADAPT-1');
		// @ts-expect-error there is no such layer
		expect(() => adapt(apps.rich, 'fetsch')).toThrow('ADAPT-2');
	});
});

test('ADAPT-1: what has no stamp is refused, with the fix', () => {
	const fix =
		'wrap it by rich(), gateway(), lite(), text(), fetch(), fetchServer() or node(), whichever it was written for. (ADAPT-1)';
	expect(refusal('ADAPT-1', () => adapt((() => {}) as never, 'rich'))).toBe(
		`adapt() takes a stamped application, not an unmarked function: ${fix}`,
	);
	expect(refusal('ADAPT-1', () => adapt({ fetch() {} } as never, 'rich'))).toBe(
		'adapt() takes a stamped application, not an object with fetch: wrap it by fetch(), of rsgi/fetch. (ADAPT-1)',
	);
	expect(refusal('ADAPT-1', () => adapt({ [LAYER]: 'text' } as never, 'rich'))).toContain('not an object');
});

test.each(['rich', 'fetch', 'node'] as const)(
	'ADAPT-32: wsgi.errors goes to the option, on the way to %s',
	async (layer) => {
		const lines: string[] = [];
		const talking = text((environ, startResponse) => {
			environ['wsgi.errors'].write('a line\nand a rest');
			startResponse('200 OK', []);
			return [];
		});
		const adapted = adapt(talking, layer, { errors: (line) => lines.push(line) });
		recorded(adapt(adapted, 'rich'), { httpVersion: '1.1' });
		for (let turns = 0; turns < 10; turns++) await settled();
		expect(lines).toEqual(['a line', 'and a rest']);
	},
);

test('ADAPT-2: an unknown layer is refused, with those that there are', () => {
	expect(refusal('ADAPT-2', () => adapt(apps.rich, 'wsgi' as never))).toBe(
		'adapt() knows no layer "wsgi": there are rich, gateway, lite, text, fetch, fetch-server, node. (ADAPT-2)',
	);
	expect(refusal('ADAPT-2', () => adapt(apps.rich, 'toString' as never))).toContain('no layer "toString"');
	const other = Object.assign(() => {}, { [LAYER]: 'python' });
	expect(refusal('ADAPT-2', () => adapt(other as never, 'rich'))).toBe(
		'adapt() knows no layer "python", which this application speaks: there are rich, gateway, lite, text, fetch, fetch-server, node. (ADAPT-2)',
	);
});

test('ADAPT-4: a rich application is downgraded', async () => {
	let capabilities: unknown = null;
	const app = rich((exchange) => {
		capabilities = [exchange.inform, exchange.push, exchange.accept, exchange.trailers];
		exchange.respond(204);
		exchange.end();
	});
	for (const layer of ['gateway', 'lite', 'text', 'fetch'] as const) {
		capabilities = null;
		recorded(adapt(adapt(app, layer), 'rich'));
		await settled();
		expect(capabilities).toEqual([null, null, null, false]);
	}
});

test('ADAPT-5: start and stop are kept, and protocols but from rich down', () => {
	for (const from of LAYERS) {
		for (const to of LAYERS) {
			const adapted = adapt(apps[from] as AnyApp, to);
			expect(adapted.start).toBe(hooks.start);
			// That of a fetch application waits for more (FETCH-10, FSA-4), and then calls it.
			if (from === to || !from.startsWith('fetch')) expect(adapted.stop).toBe(hooks.stop);
			else expect(adapted.stop).toBeTypeOf('function');
			// By way of rich, also from one lower layer to another.
			const lowered = to === 'fetch' || to === 'node' || (GATEWAYS.includes(to) && !GATEWAYS.includes(from));
			expect(adapted.protocols).toEqual(lowered && from !== to ? undefined : hooks.protocols);
		}
	}
});

test('ADAPT-3: each adapter refuses the application of another layer', () => {
	expect(refusal('TEXT-1', () => textToGateway(apps.gateway as never))).toContain('textToGateway() takes a text');
	expect(refusal('TEXT-1', () => textToRich(apps.rich as never))).toContain('textToRich() takes a text');
	expect(refusal('GATE-3', () => gatewayToText(apps.text as never))).toContain('as textToGateway(app)');
	expect(refusal('GATE-3', () => gatewayToLite(apps.rich as never))).toContain('as richToGateway(app)');
	expect(refusal('GATE-21', () => liteToGateway(apps.gateway as never))).toContain('as lighten(app)');
	expect(refusal('RICH-3', () => richToGateway(apps.text as never))).toContain('as textToRich(app)');
	expect(refusal('RICH-3', () => richToText(apps.lite as never))).toContain('as gatewayToRich(app)');
});
