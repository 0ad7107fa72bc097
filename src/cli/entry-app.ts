/** Whether what an entry exports is an application of a layer that is known; if not, what it is and what to do. */
import type { AnyApp } from '../adapter/adapt.ts';
import { type FetchObject, fetch } from '../layer/fetch/app.ts';
import { requireFetchServer } from '../layer/fetch-server/app.ts';
import { isMarked } from '../layer/fetch-server/protocol.ts';
import { Misuse } from '../wire/fault.ts';
import { layerOf } from '../wire/layer.ts';
import { FAILED, Failure } from './failure.ts';

const EXAMPLE = `
	import { rich, utf8 } from 'rsgi';

	export default rich((exchange) => {
		exchange.respond(200, ['content-type', 'text/plain']);
		exchange.end(utf8('hello, world\\n'));
	});
`;

/** The layers whose applications can be run, and so the names of what stamps for them. */
const LAYERS: readonly unknown[] = ['rich', 'gateway', 'lite', 'text', 'fetch', 'node'];

/**
 * The application that an entry exports, of whatever layer.
 * @param name how the user calls the entry, for the message
 * @throws Failure that says what was found, what is expected, and how it looks
 */
export function entryApp(exports: Readonly<Record<string, unknown>>, name: string): AnyApp {
	// Not by instanceof or identity: the entry may have its own copy of this package, and the stamp is shared by all.
	const app = exports.default;
	if (isApp(app)) return app;
	if (isMarked(app)) return marked(app, name);
	// `export default { fetch }`, and the applications of Hono and its like.
	if (isFetchObject(app)) return fetch(app);
	const found = app === undefined ? nothing(exports) : wrong(app);
	throw new Failure(
		FAILED,
		`${name} ${found}\n\nAn application is expected as the default export, made by rich(), gateway(), lite(), text() or fetch(), or an object with fetch:\n${EXAMPLE}`,
	);
}

/** A handler object of the Fetch Server API, by its marker; of another version of it there is nothing to be made. */
function marked(app: object, name: string): AnyApp {
	try {
		return requireFetchServer(app, name);
	} catch (error) {
		throw error instanceof Misuse ? new Failure(FAILED, `${name} cannot be run: ${error.message}`) : error;
	}
}

function isApp(value: unknown): value is AnyApp {
	return typeof value === 'function' && LAYERS.includes(layerOf(value));
}

function isFetchObject(value: unknown): value is FetchObject {
	return typeof value === 'object' && value !== null && layerOf(value) === null && has(value, 'fetch');
}

function nothing(exports: Readonly<Record<string, unknown>>): string {
	const names = Object.keys(exports).filter((key) => key !== 'default' && key !== 'module.exports');
	const app = names.find((key) => isApp(exports[key]));
	if (app !== undefined) {
		return `exports a ${layerOf(exports[app])} application as ${app}, but none as default: add \`export default ${app};\`.`;
	}
	if ('default' in exports) return 'has a default export, but it is undefined.';
	return names.length === 0 ? 'exports nothing.' : `has no default export, only ${names.join(', ')}.`;
}

function wrong(app: unknown): string {
	const layer = layerOf(app);
	if (layer !== null) {
		return `exports an application of the ${layer} layer, which this version does not know: use rich(), gateway(), lite(), text() or fetch().`;
	}
	if (typeof app === 'function') return wrongFunction(app);
	if (typeof app !== 'object') return `exports ${JSON.stringify(app)}, a ${typeof app}.`;
	if (app === null) return 'exports null.';
	return wrongObject(app);
}

function wrongFunction(app: object): string {
	if (has(app, 'use') && (has(app, 'handle') || has(app, 'listen'))) {
		return 'exports an application for Node’s (req, res), as Express has it. These come in a later version: use rich().';
	}
	if (/^class\b/.test(Function.prototype.toString.call(app))) return 'exports a class.';
	const called = (app as { name?: string }).name;
	const named = called !== undefined && called !== '' && called !== 'default';
	const inRich = named ? called : '(exchange) => …';
	const inOthers = named ? called : '(environ, startResponse) => …';
	return (
		'exports a plain function, which does not say what it speaks. ' +
		`If it takes an exchange, wrap it: \`export default rich(${inRich});\`. If it takes an environ, say which: ` +
		`\`gateway(${inOthers})\` for byte strings, \`text(${inOthers})\` for text, \`lite(${named ? called : '(environ) => …'})\` when it returns the response. ` +
		`If it takes a Request: \`fetch(${named ? called : '(request) => …'})\`, of rsgi/fetch.`
	);
}

function wrongObject(app: object): string {
	if (has(app, 'then')) return 'exports a promise: await it, as `export default await makeApp();`.';
	if (has(app, 'close') && 'address' in app)
		return 'exports a server that has been set up already: export its application, or run the file with node.';
	if (has(app, 'listen') || has(app, 'callback')) {
		return 'exports an application for Node’s (req, res). These come in a later version: use rich().';
	}
	const keys = Object.keys(app);
	const made = app.constructor?.name;
	if (made !== undefined && made !== 'Object') return `exports ${/^[AEIOU]/.test(made) ? 'an' : 'a'} ${made}.`;
	return keys.length === 0 ? 'exports an empty object.' : `exports an object with ${keys.slice(0, 8).join(', ')}.`;
}

function has(app: object, method: string): boolean {
	return typeof (app as Record<string, unknown>)[method] === 'function';
}
