/** spec/middleware.md §10: health, metrics, tracing. */
import { context, propagation, trace } from '@opentelemetry/api';
import { BasicTracerProvider, InMemorySpanExporter, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-base';
import { metrics } from 'rsgi/metrics';
import { health } from 'rsgi/middleware/health';
import { tracing } from 'rsgi/tracing';
import { expect, onTestFinished, test, vi } from 'vitest';
import { rich } from '../../src/rich/app.ts';
import { utf8 } from '../../src/wire/utf8.ts';
import { answered } from '../support/answered.ts';
import { served } from '../support/served.ts';

const hello = rich((exchange) => {
	exchange.respond(200);
	exchange.end(utf8('hello'));
});
const failing = rich(() => {
	throw new Error('failed');
});

test('MW-32: health and readiness', async () => {
	let ready = true;
	const app = health({ path: '/up', ready: () => ready })(hello);
	const status = async (target: string): Promise<string | undefined> => (await answered(app, { target })).log[0];
	expect(await status('/up')).toContain('200');
	expect(await status('/up/ready')).toContain('200');
	ready = false;
	expect(await status('/up')).toContain('200');
	expect(await status('/up/ready')).toContain('503');
	expect((await answered(app, { target: '/other' })).text).toBe('hello');
});

test('MW-33: each exchange is counted once, by labels that clients have no say in', async () => {
	const { registry, count, show } = metrics();
	const app = show('/metrics')(count(hello));
	await answered(app);
	await answered(app, { method: 'MADE-UP' });
	await answered(count(failing));
	const { text } = await answered(app, { target: '/metrics' });
	expect(registry.getSingleMetric('http_requests_total')).toBeDefined();
	const totals = text.split('\n').filter((line) => line.startsWith('http_requests_total'));
	expect(totals).toEqual([
		'http_requests_total{method="GET",status="2xx",version="2",outcome="complete"} 1',
		'http_requests_total{method="other",status="2xx",version="2",outcome="complete"} 1',
		'http_requests_total{method="GET",status="5xx",version="2",outcome="aborted"} 1',
	]);
	expect(text).toContain('http_requests_in_flight{version="2"} 0');
	expect(text).toContain('http_request_duration_seconds_count{method="GET",status="2xx",version="2"} 1');
});

test('MW-34: a span of kind server, whose parent is the one that the request names', async () => {
	const exporter = new InMemorySpanExporter();
	const provider = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] });
	propagation.setGlobalPropagator({
		inject: () => {},
		fields: () => ['traceparent'],
		extract: (parent, carrier, getter) => {
			const [, traceId, spanId] = String(getter.get(carrier, 'traceparent')).split('-');
			if (traceId === undefined || spanId === undefined) return parent;
			return trace.setSpanContext(parent, { traceId, spanId, traceFlags: 1, isRemote: true });
		},
	});
	onTestFinished(() => {
		propagation.disable();
		context.disable();
	});
	const options = { tracer: provider.getTracer('test') };
	const traceId = '0af7651916cd43dd8448eb211c80319c';
	const fields = ['traceparent', `00-${traceId}-b7ad6b7169203331-01`];
	await answered(tracing(options)(hello), { target: '/a?b=1', authority: 'a.test:8080', fields });
	await answered(tracing({ ...options, route: () => '/x/:id' })(failing), { method: 'POST' });
	const [one, two] = exporter.getFinishedSpans();
	expect(one).toMatchObject({ name: 'GET', kind: 1, parentSpanContext: { spanId: 'b7ad6b7169203331' } });
	expect(one?.spanContext().traceId).toBe(traceId);
	expect(one?.attributes).toMatchObject({
		'http.request.method': 'GET',
		'http.response.status_code': 200,
		'url.path': '/a',
		'url.query': 'b=1',
		'server.address': 'a.test',
		'server.port': 8080,
	});
	expect(two).toMatchObject({ name: 'POST /x/:id', status: { code: 2 } });
	expect(two?.attributes).toMatchObject({ 'http.route': '/x/:id', 'http.response.status_code': 500 });
});

test('MW-33, MW-34: a late application is a 503, as its client was told', async () => {
	const exporter = new InMemorySpanExporter();
	const provider = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] });
	const { registry, count } = metrics();
	const late = rich(() => new Promise<void>(() => {}));
	const app = tracing({ tracer: provider.getTracer('test') })(count(late));
	const { url } = await served(app, { timeouts: { response: 100 } });
	expect((await fetch(url)).status).toBe(503);
	await vi.waitUntil(() => exporter.getFinishedSpans().length > 0);
	expect(exporter.getFinishedSpans()[0]?.attributes['http.response.status_code']).toBe(503);
	expect(await registry.metrics()).toContain(
		'http_requests_total{method="GET",status="5xx",version="1.1",outcome="timeout"} 1',
	);
});
