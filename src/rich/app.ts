/** What a rich application is: a stamped function, with hooks for its life and the protocols it answers. */
import { Misuse } from '../wire/fault.ts';
import { frameworkLayer } from '../wire/framework.ts';
import { LAYER, layerOf } from '../wire/layer.ts';
import { described } from './described.ts';
import type { Exchange } from './exchange.ts';
import type { Handler } from './handler.ts';

/** What an application does with an exchange: called once, when the request head is complete. */
export type RichFunction = (exchange: Exchange) => Handler | undefined | void | PromiseLike<Handler | undefined | void>;

/** The life of an application, and what it declares. */
export interface RichHooks {
	/** Before the server takes connections. A rejection keeps it from starting. */
	readonly start?: (() => void | PromiseLike<void>) | undefined;
	/** After the last exchange has ended. */
	readonly stop?: (() => void | PromiseLike<void>) | undefined;
	/** The protocols it answers by `accept`, as in `:protocol` (RFC 8441): `['websocket']`. */
	readonly protocols?: readonly string[] | undefined;
}

/** A function stamped by {@link rich}. */
export interface RichApp extends RichHooks {
	(exchange: Exchange): ReturnType<RichFunction>;
	readonly [LAYER]: 'rich';
}

/** Middleware takes an application and gives one. */
export type RichMiddleware = (app: RichApp) => RichApp;

/**
 * Makes a rich application of a function.
 *
 * @param run called once for each exchange
 * @param hooks start, stop and protocols; middleware passes the application it wraps, to keep them
 * @throws Misuse when `run` is not a function, or already belongs to another layer (RICH-3)
 * @example
 * const quiet = (app: RichApp) => rich((exchange) => app(new Quiet(exchange)), app);
 */
export function rich(run: RichFunction, hooks: RichHooks = {}): RichApp {
	const framework = layerOf(run) === null ? frameworkLayer(run) : null;
	if (framework !== null) {
		throw new Misuse(
			'RICH-3',
			`rich() takes a function (exchange) => …, not ${described(run)} of the ${framework} layer: wrap it, as ${wayOf(framework)}.`,
		);
	}
	if (typeof run !== 'function') {
		throw new Misuse('RICH-3', `rich() takes a function (exchange) => …, not ${described(run)}.`);
	}
	const layer = layerOf(run);
	if (layer !== null && layer !== 'rich') {
		throw new Misuse(
			'RICH-3',
			`This application speaks the ${layer} layer: wrap it by ${adapterOf(layer)}, not by rich().`,
		);
	}
	// A new function each time: the same function may be given different hooks in two places.
	const app = ((exchange: Exchange) => run(exchange)) as unknown as { -readonly [K in keyof RichApp]: RichApp[K] };
	app[LAYER] = 'rich';
	if (hooks.start !== undefined) app.start = hooks.start;
	if (hooks.stop !== undefined) app.stop = hooks.stop;
	if (hooks.protocols !== undefined) app.protocols = hooks.protocols;
	return app as RichApp;
}

/** What makes a rich application of one of another layer; all of them are in `rsgi/adapters`. */
function adapterOf(layer: string): string {
	if (layer === 'text') return 'textToRich(app)';
	if (layer === 'fetch') return 'fetchToRich(app)';
	if (layer === 'fetch-server') return 'fetchServerToRich(app)';
	if (layer === 'node') return 'nodeToRich(app)';
	return layer === 'gateway' || layer === 'lite' ? 'gatewayToRich(app)' : "adapt(app, 'rich')";
}

/** What makes a rich application of a framework's. */
function wayOf(layer: 'fetch' | 'node'): string {
	return `${layer}ToRich(${layer}(app)), of rsgi/adapters and rsgi/${layer}`;
}

/**
 * Passes a rich application through, and refuses everything else with the fix.
 * @param where the name of the call that was given it, for the message
 * @throws Misuse (RICH-3)
 */
export function requireRich(app: unknown, where: string): RichApp {
	const layer = layerOf(app);
	if (layer === 'rich' && typeof app === 'function') return app as RichApp;
	if (layer !== null && layer !== 'rich') {
		throw new Misuse(
			'RICH-3',
			`${where} takes a rich application; this one speaks the ${layer} layer: wrap it, as ${adapterOf(layer)}.`,
		);
	}
	const framework = layer === null ? frameworkLayer(app) : null;
	if (framework !== null) {
		throw new Misuse(
			'RICH-3',
			`${where} takes a rich application, not ${described(app)}: wrap it, as ${wayOf(framework)}.`,
		);
	}
	if (typeof app === 'function') {
		throw new Misuse(
			'RICH-3',
			`${where} takes a rich application, not an unmarked function: wrap it, as rich(${app.name || '(exchange) => …'}).`,
		);
	}
	throw new Misuse(
		'RICH-3',
		`${where} takes a rich application, made by rich((exchange) => …), not ${described(app)}.`,
	);
}
