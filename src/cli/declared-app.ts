/** Values that say by themselves which layer they speak: by their stamp, or by the methods of the framework that made them. */
import type { AnyApp } from '../adapter/adapt.ts';
import { type FetchObject, fetch } from '../layer/fetch/app.ts';
import { fetchServer, requireFetchServer } from '../layer/fetch-server/app.ts';
import { isMarked } from '../layer/fetch-server/protocol.ts';
import { gateway } from '../layer/gateway/app.ts';
import { lite } from '../layer/gateway/lite.ts';
import { node } from '../layer/node/app.ts';
import { isNodeFramework } from '../layer/node/framework.ts';
import { isServerLike } from '../layer/node/server-events.ts';
import { text } from '../layer/text/app.ts';
import { rich } from '../rich/app.ts';
import { layerOf } from '../wire/layer.ts';

/** What stamps an application of each layer that can be run. */
export const STAMPS: Readonly<Record<string, (app: never) => AnyApp>> = {
	...{ rich, gateway, lite, text, fetch, node },
	'fetch-server': fetchServer,
};

/** The layers that can be run. */
export const LAYERS: readonly string[] = Object.keys(STAMPS);

/** The application that a value says it is; null when it says nothing. */
export function declaredApp(value: unknown): AnyApp | null {
	if (value === null || (typeof value !== 'object' && typeof value !== 'function')) return null;
	// A handler object of the Fetch Server API is known by the marker that every server of that API looks for.
	if (isMarked(value)) return requireFetchServer(value, 'rsgi');
	// Not by instanceof or identity: the entry may have its own copy of this package, and the stamp is shared by all.
	const layer = layerOf(value);
	if (layer !== null) return typeof value === 'function' && LAYERS.includes(layer) ? (value as AnyApp) : null;
	// `export default { fetch }`, and the applications of Hono and its like. A router of itty has every method that one asks
	// for, and a server of Yoga is a function that has this one: so it is asked for first.
	if (typeof (value as Partial<FetchObject>).fetch === 'function') {
		const object = value as FetchObject;
		return fetch((request, context, again) => object.fetch(request, context, again));
	}
	if (isNodeFramework(value)) return node(value);
	// One that has been told to listen is served already.
	return isServerLike(value) && (value as { listening?: boolean }).listening !== true ? node(value) : null;
}
