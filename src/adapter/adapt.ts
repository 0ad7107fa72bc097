/** The way from any layer to any other, step by step. */
import type { FetchApp } from '../layer/fetch/app.ts';
import { type FetchServerApp, isFetchServer } from '../layer/fetch-server/app.ts';
import type { GatewayApp } from '../layer/gateway/app.ts';
import type { LiteApp } from '../layer/gateway/lite.ts';
import type { NodeApp } from '../layer/node/app.ts';
import type { TextApp } from '../layer/text/app.ts';
import type { RichApp } from '../rich/app.ts';
import { described } from '../rich/described.ts';
import { Misuse } from '../wire/fault.ts';
import { frameworkLayer } from '../wire/framework.ts';
import { layerOf } from '../wire/layer.ts';
import { fetchServerToRich } from './fetch-server-to-rich.ts';
import { fetchToRich } from './fetch-to-rich.ts';
import { gatewayToLite } from './gateway-to-lite.ts';
import { type GatewayToRichOptions, gatewayToRich } from './gateway-to-rich.ts';
import { gatewayToText } from './gateway-to-text.ts';
import { liteToGateway } from './lite-to-gateway.ts';
import { nodeToRich } from './node-to-rich.ts';
import { richToFetch } from './rich-to-fetch.ts';
import { richToFetchServer } from './rich-to-fetch-server.ts';
import { richToGateway } from './rich-to-gateway.ts';
import { richToNode } from './rich-to-node.ts';
import { textToGateway } from './text-to-gateway.ts';

/** The layers, and what an application of each is. */
export interface LayerApps {
	readonly rich: RichApp;
	readonly gateway: GatewayApp;
	readonly lite: LiteApp;
	readonly text: TextApp;
	readonly fetch: FetchApp;
	readonly 'fetch-server': FetchServerApp;
	readonly node: NodeApp;
}

/** The name of a layer, as applications are stamped with it. */
export type Layer = keyof LayerApps;

/** An application of any layer. */
export type AnyApp = LayerApps[Layer];

/** What adapters on the way are told. */
export interface AdaptOptions {
	/** Where the lines go that applications of the gateway layers write to `wsgi.errors`; to standard error by default. Must not throw. */
	readonly errors?: GatewayToRichOptions['errors'];
}

/** One adapter. What it takes has been looked at by its stamp. */
type Step = (app: never) => AnyApp;

/** What can be reached from a layer in one step, and by which adapter. The escape is none of them. */
const STEPS: { readonly [From in Layer]: { readonly [To in Layer]?: (app: LayerApps[From]) => LayerApps[To] } } = {
	rich: { gateway: richToGateway, fetch: richToFetch, 'fetch-server': richToFetchServer, node: richToNode },
	gateway: { rich: gatewayToRich, lite: gatewayToLite, text: gatewayToText },
	lite: { gateway: liteToGateway },
	text: { gateway: textToGateway },
	fetch: { rich: fetchToRich },
	'fetch-server': { rich: fetchServerToRich },
	node: { rich: nodeToRich },
};

const LAYERS = Object.keys(STEPS) as Layer[];

/**
 * Makes an application of one layer out of an application of another, by the shortest way of adapters; an application of
 * that layer already is returned as it is. What is lost on the way is what the adapters lose. A rich application is always
 * downgraded: to keep all its features under a lower layer is never chosen for you.
 *
 * @param app a stamped application
 * @param layer the layer wanted
 * @param options where what applications write to `wsgi.errors` goes
 * @throws Misuse for what has no stamp (ADAPT-1), and for a layer that is unknown (ADAPT-2)
 * @example
 * await serve(adapt(app, 'rich'));
 */
export function adapt(app: AnyApp, layer: 'rich', options?: AdaptOptions): RichApp;
export function adapt(app: AnyApp, layer: 'gateway', options?: AdaptOptions): GatewayApp;
export function adapt(app: AnyApp, layer: 'lite', options?: AdaptOptions): LiteApp;
export function adapt(app: AnyApp, layer: 'text', options?: AdaptOptions): TextApp;
export function adapt(app: AnyApp, layer: 'fetch', options?: AdaptOptions): FetchApp;
export function adapt(app: AnyApp, layer: 'fetch-server', options?: AdaptOptions): FetchServerApp;
export function adapt(app: AnyApp, layer: 'node', options?: AdaptOptions): NodeApp;
export function adapt<L extends Layer>(app: AnyApp, layer: L, options?: AdaptOptions): LayerApps[L];
export function adapt(app: AnyApp, layer: Layer, options: AdaptOptions = {}): AnyApp {
	if (!isLayer(layer)) {
		throw new Misuse('ADAPT-2', `adapt() knows no layer ${JSON.stringify(layer)}: there are ${LAYERS.join(', ')}.`);
	}
	let adapted = app;
	for (const step of way(requireLayer(app), layer)) {
		adapted = step === gatewayToRich ? gatewayToRich(adapted as GatewayApp, options) : step(adapted as never);
	}
	return adapted;
}

function isLayer(layer: unknown): layer is Layer {
	return typeof layer === 'string' && Object.hasOwn(STEPS, layer);
}

function requireLayer(app: unknown): Layer {
	// A handler object is known by the marker that every server of its API looks for.
	if (isFetchServer(app)) return 'fetch-server';
	const layer = layerOf(app);
	if (typeof app === 'function' && isLayer(layer)) return layer;
	if (layer !== null && !isLayer(layer)) {
		throw new Misuse(
			'ADAPT-2',
			`adapt() knows no layer ${JSON.stringify(layer)}, which this application speaks: there are ${LAYERS.join(', ')}.`,
		);
	}
	const framework = frameworkLayer(app);
	if (framework !== null) {
		throw new Misuse(
			'ADAPT-1',
			`adapt() takes a stamped application, not ${described(app)}: wrap it by ${framework}(), of rsgi/${framework}.`,
		);
	}
	const fix =
		'wrap it by rich(), gateway(), lite(), text(), fetch(), fetchServer() or node(), whichever it was written for';
	throw new Misuse(
		'ADAPT-1',
		typeof app === 'function'
			? `adapt() takes a stamped application, not an unmarked function: ${fix}.`
			: `adapt() takes a stamped application, not ${described(app)}: ${fix}.`,
	);
}

/** The adapters on the shortest way. All layers hang together, so there is one. */
function way(from: Layer, to: Layer): readonly Step[] {
	const ways = new Map<Layer, readonly Step[]>([[from, []]]);
	// A Map is walked in the order in which it grows: nearest layers first.
	for (const [at, steps] of ways) {
		if (at === to) break;
		for (const [next, step] of Object.entries(STEPS[at]) as [Layer, Step][]) {
			if (!ways.has(next)) ways.set(next, [...steps, step]);
		}
	}
	return ways.get(to) as readonly Step[];
}
