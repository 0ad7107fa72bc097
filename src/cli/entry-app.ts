/** The application that an entry exports: what says by itself which layer it speaks, or what the command line says does. */
import type { AnyApp } from '../adapter/adapt.ts';
import { Misuse } from '../wire/fault.ts';
import { layerOf } from '../wire/layer.ts';
import { declaredApp, STAMPS } from './declared-app.ts';
import { entryRefusal, namesOf } from './entry-refusal.ts';
import { FAILED, Failure } from './failure.ts';

/** What the command line says about an entry. */
export interface EntryWords {
	/** The layer that it speaks; what it exports says so itself otherwise. */
	readonly layer?: string | undefined;
	/** The name that it exports the application by; `default` otherwise. */
	readonly exported?: string | undefined;
}

/**
 * The application that an entry exports, of whatever layer. A function that has no stamp is taken only when its layer is said:
 * neither its arity nor its name says what it speaks.
 * @param name how the user calls the entry, for the message
 * @throws Failure that says what was found, what is expected, and how it looks
 */
export function entryApp(exports: Readonly<Record<string, unknown>>, name: string, words: EntryWords = {}): AnyApp {
	const found = exportedValue(exports, name, words);
	if (words.layer !== undefined) return stampedAs(found, words.layer, name);
	const app = declared(found, name);
	if (app === null) throw entryRefusal(exports, found, name, words.exported);
	return app;
}

/** What is marked for a layer, but as this version cannot run it, is refused with what its stamp says. */
function declared(found: unknown, name: string): AnyApp | null {
	try {
		return declaredApp(found);
	} catch (error) {
		throw error instanceof Misuse ? new Failure(FAILED, `${name} cannot be run: ${error.message}`) : error;
	}
}

function exportedValue(
	exports: Readonly<Record<string, unknown>>,
	name: string,
	{ layer, exported }: EntryWords,
): unknown {
	if (exported !== undefined) {
		if (Object.hasOwn(exports, exported)) return exports[exported];
		const names = namesOf(exports);
		const others = names.length === 0 ? 'nothing by name' : names.join(', ');
		throw new Failure(FAILED, `${name} exports no ${exported}: it exports ${others}.`);
	}
	const found = exports.default;
	// A compiler that makes CommonJS of a module puts the default export into a member of the exports.
	if (isRecord(found) && found.__esModule === true && 'default' in found) return found.default;
	if (found !== undefined || layer === undefined) return found;
	// What was built may have no default export; when its layer is said and it exports one function, that is meant.
	const functions = namesOf(exports).filter((key) => typeof exports[key] === 'function');
	if (functions.length === 1) return exports[functions[0] as string];
	if (functions.length === 0) return found;
	throw new Failure(
		FAILED,
		`${name} exports several functions, and none as default: say which by --export, of ${functions.join(', ')}.`,
	);
}

function stampedAs(value: unknown, layer: string, name: string): AnyApp {
	const other = layerOf(value);
	if (other === layer) return value as AnyApp;
	if (other !== null) {
		throw new Failure(FAILED, `${name} exports an application of the ${other} layer, and says so: leave out --layer.`);
	}
	try {
		return (STAMPS[layer] as (app: unknown) => AnyApp)(value);
	} catch (error) {
		if (!(error instanceof Misuse)) throw error;
		throw new Failure(FAILED, `${name} cannot be run as an application of the ${layer} layer: ${error.message}`);
	}
}

function isRecord(value: unknown): value is Record<string, unknown> {
	return typeof value === 'object' && value !== null;
}
