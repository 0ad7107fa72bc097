/** How functions get the stamp of their layer, and what is said of those that have none or another. */
import type { RichHooks } from '../rich/app.ts';
import { described } from '../rich/described.ts';
import { Misuse } from '../wire/fault.ts';
import { frameworkLayer } from '../wire/framework.ts';
import { LAYER, layerOf } from '../wire/layer.ts';

/** What a stamped function has besides its calls. */
type Stamped = RichHooks & { readonly [LAYER]: string };

/** Stamps a function, which must be a new one, and gives it the hooks. */
export function stamped<App extends Stamped>(run: unknown, layer: App[typeof LAYER], hooks: RichHooks): App {
	const app = run as { -readonly [K in keyof Stamped]: Stamped[K] };
	app[LAYER] = layer;
	if (hooks.start !== undefined) app.start = hooks.start;
	if (hooks.stop !== undefined) app.stop = hooks.stop;
	if (hooks.protocols !== undefined) app.protocols = hooks.protocols;
	return app as unknown as App;
}

/** The fix for an application of a neighbouring layer. For all others `adapt()` finds the way. */
const NEIGHBOURS: Readonly<Record<string, string>> = {
	'rich gateway': 'richToGateway(app)',
	'lite gateway': 'liteToGateway(app)',
	'text gateway': 'textToGateway(app)',
	'gateway lite': 'lighten(app)',
	'gateway text': 'gatewayToText(app)',
	'rich fetch': 'richToFetch(app)',
	'rich node': 'richToNode(app)',
};

/**
 * What is wrong with something that was given where an application of a layer is wanted, and what to do.
 * @param where the name of the call that was given it
 * @param layer the layer wanted, which is also the name of what stamps for it
 * @param rule the rule that says so
 */
export function refusedApp(app: unknown, where: string, layer: string, rule: string): Misuse {
	const takes = `${where} takes ${/^[aeiou]/.test(layer) ? 'an' : 'a'} ${layer} application`;
	const other = layerOf(app);
	if (other !== null && other !== layer) {
		const fix = NEIGHBOURS[`${other} ${layer}`] ?? `adapt(app, '${layer}')`;
		return new Misuse(rule, `${takes}; this one speaks the ${other} layer: wrap it, as ${fix}.`);
	}
	const framework = frameworkLayer(app);
	if (other === null && framework !== null) {
		const stamp = `${framework}(app)`;
		const fix = framework === layer ? stamp : `adapt(${stamp}, '${layer}')`;
		return new Misuse(
			rule,
			`${takes}, not ${described(app)}: wrap it, as ${fix}; ${framework}() is in rsgi/${framework}.`,
		);
	}
	if (typeof app === 'function') {
		const name = app.name || `(${argument(layer)}) => …`;
		return new Misuse(rule, `${takes}, not an unmarked function: wrap it, as ${layer}(${name}).`);
	}
	return new Misuse(rule, `${takes}, made by ${layer}((${argument(layer)}) => …), not ${described(app)}.`);
}

/** What applications of a layer are called with first. */
function argument(layer: string): string {
	if (layer === 'node') return 'req, res';
	return layer === 'fetch' ? 'request' : 'environ';
}

/**
 * Checks that what is to be stamped is a function, and no other layer's.
 * @param may the stamps that it may have already
 */
export function requireStampable(run: unknown, layer: string, may: readonly string[], rule: string): void {
	const other = layerOf(run);
	const framework = other === null ? frameworkLayer(run) : null;
	if (framework !== null && framework !== layer) throw refusedApp(run, `${layer}()`, layer, rule);
	if (typeof run !== 'function') throw new Misuse(rule, `${layer}() takes a function, not ${described(run)}.`);
	if (other !== null && !may.includes(other)) throw refusedApp(run, `${layer}()`, layer, rule);
}

/** Checks that an environ is of the layer of the application that is called with it. */
export function requireEnviron(environ: unknown, layer: 'bytes' | 'text', rule: string): void {
	const found = (environ as { 'wsgi.layer'?: unknown } | null | undefined)?.['wsgi.layer'];
	if (found === layer) return;
	const fix = layer === 'bytes' ? 'gatewayToText(app)' : 'textToGateway(app)';
	throw new Misuse(
		rule,
		found === undefined
			? `An application of the ${layer} layer was called with ${described(environ)}, which is no environ: it has no wsgi.layer.`
			: `An application of the ${layer} layer was called with an environ of the ${String(found)} layer: wrap it, as ${fix}.`,
	);
}
