/** What is said of an entry that exports no application: what was found, and what to do. */
import { layerOf } from '../wire/layer.ts';
import { declaredApp, LAYERS } from './declared-app.ts';
import { FAILED, Failure } from './failure.ts';

const EXAMPLE = `
	import { rich, utf8 } from 'rsgi';

	export default rich((exchange) => {
		exchange.respond(200, ['content-type', 'text/plain']);
		exchange.end(utf8('hello, world\\n'));
	});
`;

/** What frameworks call the function that they build, rather than another that they export too. */
const HANDLERS = ['handler', 'middleware', 'listener'];

type Exports = Readonly<Record<string, unknown>>;

/**
 * The failure that says so.
 * @param found what the entry exports under the name that counts
 * @param name how the user calls the entry
 * @param exported the name that counts; undefined for `default`
 */
export function entryRefusal(exports: Exports, found: unknown, name: string, exported: string | undefined): Failure {
	const missing = found === undefined && exported === undefined;
	// Who has built something, or has named an application, needs no lesson in what one is.
	const step = missing ? nextStep(exports, name) : null;
	if (step !== null) return new Failure(FAILED, `${name} ${step}`);
	const what = missing ? nothing(exports) : wrong(found, name, exported);
	return new Failure(
		FAILED,
		`${name} ${what}\n\nAn application is expected as the default export, made by ${made()}, or by a framework: an object with fetch, an application of Express, Koa, Fastify or Nest:\n${EXAMPLE}`,
	);
}

/** The names that an entry exports, without those that Node adds for CommonJS. */
export function namesOf(exports: Exports): string[] {
	return Object.keys(exports).filter((key) => !['default', 'module.exports', '__esModule'].includes(key));
}

function made(): string {
	const calls = LAYERS.map((layer) => (layer === 'fetch-server' ? 'fetchServer()' : `${layer}()`));
	return `${calls.slice(0, -1).join(', ')} or ${calls.at(-1)}`;
}

/** What to do about an entry without a default export that exports something else of use; null when it does not. */
function nextStep(exports: Exports, name: string): string | null {
	if ('default' in exports) return null;
	const names = namesOf(exports);
	const app = names.find((key) => declaredApp(exports[key]) !== null);
	if (app !== undefined) {
		return `exports an application as ${app}, but none as default: add \`export default ${app};\`, or say --export ${app}.`;
	}
	if (['assets', 'entry', 'routes'].every((part) => names.includes(part))) {
		return (
			'exports the parts of a React Router build, but nothing that answers requests. Serve a file of your own that does:\n\n' +
			"\timport { createRequestHandler } from 'react-router';\n" +
			"\timport { fetch } from 'rsgi/fetch';\n" +
			`\timport * as build from './${name}';\n\n` +
			"\tconst answer = createRequestHandler(build, 'production');\n" +
			'\texport default fetch((request) => answer(request));\n\n' +
			'docs/frameworks.md has it with the files of build/client, too.'
		);
	}
	const functions = names.filter((key) => typeof exports[key] === 'function' && !isClass(exports[key]));
	const which = HANDLERS.find((key) => functions.includes(key)) ?? functions[0];
	if (which === undefined) return null;
	return (
		`has no default export, only ${names.join(', ')}. If ${which} is a function for Node’s (req, res), as what SvelteKit, Nitro ` +
		`and Astro build, say so:\n\n\trsgi serve ${name} --export ${which} --layer node`
	);
}

function nothing(exports: Exports): string {
	if ('default' in exports) return 'has a default export, but it is undefined.';
	const names = namesOf(exports);
	return names.length === 0 ? 'exports nothing.' : `has no default export, only ${names.join(', ')}.`;
}

function wrong(app: unknown, name: string, exported: string | undefined): string {
	const layer = layerOf(app);
	if (layer !== null) return `exports an application of the ${layer} layer, which this version does not know.`;
	if (typeof app === 'function') return wrongFunction(app, name, exported);
	if (typeof app !== 'object') return `exports ${JSON.stringify(app)}, a ${typeof app}.`;
	if (app === null) return 'exports null.';
	return wrongObject(app);
}

function wrongFunction(app: { readonly name?: string }, entry: string, exported: string | undefined): string {
	if (isClass(app)) return 'exports a class.';
	const named = app.name !== undefined && app.name !== '' && app.name !== 'default';
	const called = (parameters: string): string => (named ? (app.name as string) : `(${parameters}) => …`);
	const which = exported === undefined ? '' : ` --export ${exported}`;
	return (
		'exports a plain function, which does not say what it speaks. ' +
		`If it takes an exchange, wrap it: \`export default rich(${called('exchange')});\`. ` +
		`If it takes a Request: \`fetch(${called('request')})\`, of rsgi/fetch. ` +
		`If it takes Node’s request and response: \`node(${called('req, res')})\`, of rsgi/node. ` +
		`If it takes an environ, say which: \`gateway(${called('environ, startResponse')})\` for byte strings, ` +
		`\`text(${called('environ, startResponse')})\` for text, \`lite(${called('environ')})\` when it returns the response. ` +
		`Or say it here, as \`rsgi serve ${entry}${which} --layer node\`.`
	);
}

function wrongObject(app: object): string {
	if (has(app, 'then')) return 'exports a promise: await it, as `export default await makeApp();`.';
	if (has(app, 'close') && 'address' in app) {
		return 'exports a server that has been set up already: export its application, or run the file with node.';
	}
	const keys = Object.keys(app);
	const made = app.constructor?.name;
	if (made !== undefined && made !== 'Object') return `exports ${/^[AEIOU]/.test(made) ? 'an' : 'a'} ${made}.`;
	return keys.length === 0 ? 'exports an empty object.' : `exports an object with ${keys.slice(0, 8).join(', ')}.`;
}

function isClass(value: unknown): boolean {
	return typeof value === 'function' && /^class\b/.test(Function.prototype.toString.call(value));
}

function has(app: object, method: string): boolean {
	return typeof (app as Record<string, unknown>)[method] === 'function';
}
