/** Bindings: what a lite application wants from the environ, said beside it instead of looked up in it. */
import { described } from '../../rich/described.ts';
import { isThenable } from '../../rich/thenable.ts';
import { Misuse } from '../../wire/fault.ts';
import type { Environ } from './environ.ts';

/** Where a value comes from: a key of the environ, or a function of the environ, which may be async. */
export type Source = string | ((environ: Environ) => unknown);

/** A source, or several, of which the first counts that gives anything but undefined. */
export type Binding = Source | readonly Source[];

/** Bindings by the name that the application knows the value by. */
export type Bindings = Readonly<Record<string, Binding>>;

/** What a source gives. */
type SourceValue<S> = S extends keyof Environ
	? Environ[S]
	: S extends (environ: Environ) => infer Value
		? Awaited<Value>
		: unknown;

/** What a binding gives. */
type BoundValue<B> = B extends readonly (infer S)[] ? SourceValue<S> : SourceValue<B>;

/** The values of bindings. What no binding gave is undefined, so a default in the application's parameters takes its place. */
export type Bound<B extends Bindings> = { readonly [Name in keyof B]: BoundValue<B[Name]> };

/**
 * The values of bindings for one request, looked up one after the other.
 * @returns a promise when one of them is one
 */
export function bound<B extends Bindings>(bindings: B, environ: Environ): Bound<B> | Promise<Bound<B>> {
	const values: Record<string, unknown> = {};
	return lookUp(Object.entries(bindings), 0, values, environ) as Bound<B> | Promise<Bound<B>>;
}

function lookUp(
	entries: readonly (readonly [string, Binding])[],
	from: number,
	values: Record<string, unknown>,
	environ: Environ,
): Record<string, unknown> | PromiseLike<Record<string, unknown>> {
	for (let at = from; at < entries.length; at++) {
		const [name, binding] = entries[at] as readonly [string, Binding];
		const value = typeof binding === 'object' ? firstOf(binding, 0, environ) : sourceValue(binding, environ);
		if (isThenable(value)) {
			return (value as PromiseLike<unknown>).then((awaited) => {
				values[name] = awaited;
				return lookUp(entries, at + 1, values, environ);
			});
		}
		values[name] = value;
	}
	return values;
}

function sourceValue(source: Source, environ: Environ): unknown {
	return typeof source === 'string' ? environ[source as `${string}.${string}`] : source(environ);
}

function firstOf(sources: readonly Source[], from: number, environ: Environ): unknown {
	for (let at = from; at < sources.length; at++) {
		const value = sourceValue(sources[at] as Source, environ);
		if (isThenable(value)) {
			return (value as PromiseLike<unknown>).then((awaited) =>
				awaited === undefined ? firstOf(sources, at + 1, environ) : awaited,
			);
		}
		if (value !== undefined) return value;
	}
	return undefined;
}

/**
 * Checks bindings when the application is made, not at its first request.
 * @throws Misuse (GATE-30)
 */
export function requireBindings(bindings: unknown): void {
	if (typeof bindings !== 'object' || bindings === null || Array.isArray(bindings)) {
		throw new Misuse('GATE-30', `Bindings are an object, as { session: 'my.session' }, not ${described(bindings)}.`);
	}
	for (const [name, binding] of Object.entries(bindings) as [string, unknown][]) {
		for (const source of Array.isArray(binding) ? (binding as unknown[]) : [binding]) {
			if (typeof source === 'string' || typeof source === 'function') continue;
			throw new Misuse(
				'GATE-30',
				`The binding of ${name} is a key, a function of the environ or an array of them, not ${described(source)}.`,
			);
		}
	}
}
