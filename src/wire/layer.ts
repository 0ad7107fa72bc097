/** The marker that says which layer an application speaks, so that two layers cannot be plugged together by mistake. */

/** Applications carry their layer under this symbol. Shared by all copies of the package in a process. */
export const LAYER: unique symbol = Symbol.for('rsgi.layer') as never;

/** The layer an application was stamped with, or null for an unmarked value. */
export function layerOf(app: unknown): string | null {
	if (typeof app !== 'function' && (typeof app !== 'object' || app === null)) return null;
	const mark: unknown = (app as { [LAYER]?: unknown })[LAYER];
	return typeof mark === 'string' ? mark : null;
}
