/** spec/gateway.md §2 and spec/text.md §1: what belongs to which layer, to the compiler and at run time. */
import { rich } from 'rsgi';
import {
	type Body,
	bytes,
	type Environ,
	type GatewayApp,
	type GatewayMiddleware,
	gateway,
	type LiteApp,
	lighten,
	lite,
	requireGateway,
	requireLite,
	type StartResponse,
} from 'rsgi/gateway';
import {
	decodeEnviron,
	requireText,
	type TextApp,
	type TextEnviron,
	type TextMiddleware,
	type TextStartResponse,
	text,
} from 'rsgi/text';
import { expect, test } from 'vitest';
import { LAYER } from '../../src/wire/layer.ts';
import { environOf } from '../support/environ.ts';
import { refusal } from '../support/refusal.ts';

const bytesMiddleware: GatewayMiddleware = (app) => {
	const inner = requireGateway(app, 'bytesMiddleware()');
	return gateway((environ, startResponse) => inner(environ, startResponse), inner);
};
const textMiddleware: TextMiddleware = (app) => {
	const inner = requireText(app, 'textMiddleware()');
	return text((environ, startResponse) => inner(environ, startResponse), inner);
};
const liteMiddleware = (app: LiteApp): LiteApp => {
	const inner = requireLite(app, 'liteMiddleware()');
	return lite((environ) => inner(environ), inner);
};

function hello(): Body {
	return [];
}

// None has a parameter: nothing but the stamp tells them apart.
const bytesApp: GatewayApp = gateway(() => []);
const textApp: TextApp = text(() => []);
const liteApp: LiteApp = lite(() => [bytes('204 No Content'), [], []]);
const richApp = rich(() => {});
const startResponse: StartResponse = () => async () => {};
const textStart: TextStartResponse = () => async () => {};

test('GATE-3, TEXT-1: middleware takes the applications of its layer', () => {
	expect(bytesMiddleware(bytesApp)[LAYER]).toBe('gateway');
	expect(textMiddleware(textApp)[LAYER]).toBe('text');
	expect(liteMiddleware(liteApp)[LAYER]).toBe('lite');
	expect(bytesMiddleware(liteApp)[LAYER]).toBe('gateway');
});

test('GATE-3: bytes middleware round what is no gateway application neither compiles nor runs', () => {
	// @ts-expect-error a text application
	expect(refusal('GATE-3', () => bytesMiddleware(textApp))).toBe(
		'bytesMiddleware() takes a gateway application; this one speaks the text layer: wrap it, as textToGateway(app). (GATE-3)',
	);
	// @ts-expect-error a text application
	expect(refusal('GATE-3', () => lighten(textApp))).toContain('lighten() takes a gateway application');
	// @ts-expect-error a rich application
	expect(refusal('GATE-3', () => bytesMiddleware(richApp))).toContain('wrap it, as richToGateway(app)');
	// @ts-expect-error no stamp
	expect(refusal('GATE-3', () => bytesMiddleware(hello))).toBe(
		'bytesMiddleware() takes a gateway application, not an unmarked function: wrap it, as gateway(hello). (GATE-3)',
	);
	// @ts-expect-error no stamp
	expect(refusal('GATE-3', () => bytesMiddleware(() => []))).toContain('wrap it, as gateway((environ) => …)');
	const fetching = Object.assign(() => {}, { [LAYER]: 'fetch' });
	expect(refusal('GATE-3', () => requireGateway(fetching, 'x'))).toContain("wrap it, as adapt(app, 'gateway')");
	expect(refusal('GATE-3', () => requireGateway({ [LAYER]: 'gateway' }, 'x'))).toContain('not an object with');
	expect(refusal('GATE-3', () => requireGateway(null, 'x'))).toContain('made by gateway((environ) => …), not null');
});

test('TEXT-1: text middleware round what is no text application neither compiles nor runs', () => {
	// @ts-expect-error a gateway application
	expect(refusal('TEXT-1', () => textMiddleware(bytesApp))).toBe(
		'textMiddleware() takes a text application; this one speaks the gateway layer: wrap it, as gatewayToText(app). (TEXT-1)',
	);
	// @ts-expect-error a lite application
	expect(refusal('TEXT-1', () => textMiddleware(liteApp))).toContain("wrap it, as adapt(app, 'text')");
	// @ts-expect-error a rich application
	expect(refusal('TEXT-1', () => textMiddleware(richApp))).toContain("wrap it, as adapt(app, 'text')");
	// @ts-expect-error no stamp
	expect(refusal('TEXT-1', () => textMiddleware(() => []))).toContain('wrap it, as text((environ) => …)');
	// @ts-expect-error a gateway application
	expect(refusal('TEXT-1', () => text(bytesApp))).toContain('text() takes a text application');
	expect(refusal('TEXT-1', () => text('x' as never))).toContain('text() takes a function, not a string');
});

test('GATE-21: lite middleware round what is not lite neither compiles nor runs', () => {
	// @ts-expect-error a gateway application
	expect(refusal('GATE-21', () => liteMiddleware(bytesApp))).toBe(
		'liteMiddleware() takes a lite application; this one speaks the gateway layer: wrap it, as lighten(app). (GATE-21)',
	);
	// @ts-expect-error a text application
	expect(refusal('GATE-21', () => liteMiddleware(textApp))).toContain("wrap it, as adapt(app, 'lite')");
	// @ts-expect-error no stamp
	expect(refusal('GATE-21', () => liteMiddleware(() => [bytes('200 OK'), [], []]))).toContain('unmarked function');
	// @ts-expect-error a gateway application
	expect(refusal('GATE-21', () => lite(bytesApp))).toContain('wrap it, as lighten(app)');
});

test('GATE-4: gateway() stamps functions of no other layer, and keeps the hooks', () => {
	const start = (): void => {};
	const stop = (): void => {};
	const app = gateway(() => [], { start, stop, protocols: ['websocket'] });
	expect({ ...bytesMiddleware(app) }).toMatchObject({ start, stop, protocols: ['websocket'] });
	expect({ ...textMiddleware(text(() => [], { start })) }).toMatchObject({ start });
	expect(gateway(liteApp)[LAYER]).toBe('gateway');
	// @ts-expect-error a text application
	expect(refusal('GATE-4', () => gateway(textApp))).toContain('wrap it, as textToGateway(app)');
	expect(refusal('GATE-4', () => gateway(null as never))).toContain('gateway() takes a function, not null');
});

test('GATE-5, TEXT-2: an application refuses the environ of another layer', () => {
	const environ = environOf();
	const decoded = decodeEnviron(environ);
	expect(bytesApp(environ, startResponse)).toEqual([]);
	expect(textApp(decoded, textStart)).toEqual([]);
	// @ts-expect-error a text environ
	expect(refusal('GATE-5', () => bytesApp(decoded, startResponse))).toContain(
		'an environ of the text layer: wrap it, as gatewayToText(app)',
	);
	// @ts-expect-error a text environ
	expect(refusal('GATE-5', () => liteApp(decoded))).toContain('of the text layer');
	// @ts-expect-error a bytes environ
	expect(refusal('TEXT-2', () => textApp(environ, startResponse))).toContain(
		'an environ of the bytes layer: wrap it, as textToGateway(app)',
	);
	expect(refusal('GATE-5', () => bytesApp({} as never, startResponse))).toContain('no environ: it has no wsgi.layer');
	expect(refusal('TEXT-2', () => textApp(undefined as never, textStart))).toContain('with undefined');
});

test('GATE-6, TEXT-2: functions, environs and values of two layers are never taken for each other by the compiler', () => {
	const environ: Environ = environOf();
	const bytesFunction = (_environ: Environ, _start: StartResponse): Body => [];
	const textFunction = (_environ: TextEnviron): Body => [];
	const wantsText = (_environ: TextEnviron): void => {};
	const wantsBytes = (_environ: Environ): void => {};
	// @ts-expect-error a function of the bytes layer
	text(bytesFunction);
	// @ts-expect-error a function of the text layer
	gateway(textFunction);
	// @ts-expect-error a bytes environ
	wantsText(environ);
	// @ts-expect-error a text environ
	wantsBytes(decodeEnviron(environ));
	// @ts-expect-error an environ with text in it
	wantsBytes({ ...environ, PATH_INFO: '/' });
	// @ts-expect-error a header with text in it
	wantsBytes({ ...environ, HTTP_ACCEPT: '*/*' });
	wantsBytes({ ...environ, PATH_INFO: bytes('/'), HTTP_ACCEPT: bytes('*/*'), 'my.session': 5 });
	// @ts-expect-error a status of text
	startResponse('200 OK', []);
	// @ts-expect-error a status of octets
	textStart(bytes('200 OK'), []);
	// @ts-expect-error a block of text
	gateway(() => ['hello']);
	// @ts-expect-error one block alone
	gateway(() => new Uint8Array(1));
	// @ts-expect-error a lite response
	gateway(() => [bytes('200 OK'), [], []]);
	// @ts-expect-error a body alone
	lite(() => [new Uint8Array(1)]);
	// @ts-expect-error there is no way to the exchange
	expect(environ.exchange).toBeUndefined();
});
