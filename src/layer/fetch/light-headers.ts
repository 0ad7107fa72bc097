/**
 * The Headers that an application is given. To fill those of the platform costs more than most requests need: they look for a
 * field or two. So the real one is made when something is asked that only it can answer, or something is changed.
 */
import { isToken } from '../../wire/grammar.ts';
import { inheritFrom, keepFromCloning } from './stand-in.ts';

/** The constructor of the platform, whatever is put in its place later. */
const PlatformHeaders: typeof Headers = globalThis.Headers;

/** Where the fields are. */
export interface HeadersSource {
	/** The value of a field, its lines joined; null where there is none. The name is in lower case. */
	fieldValue(name: string): string | null;
	/** All of it. */
	makeHeaders(): Headers;
}

/** Stands in for a Headers, of which it is an instance. */
export class LightHeaders {
	#source: HeadersSource | null;
	#real: Headers | null = null;

	constructor(source: HeadersSource) {
		this.#source = source;
		keepFromCloning(this);
	}

	static is(value: unknown): value is LightHeaders {
		return typeof value === 'object' && value !== null && #source in value;
	}

	/** The Headers of the platform that this one stands for. */
	static real(headers: LightHeaders): Headers {
		headers.#real ??= (headers.#source as HeadersSource).makeHeaders();
		headers.#source = null;
		return headers.#real;
	}

	/** The real one of a Request or Response takes the place of the one it was made of: to change either is to change both. */
	static adopt(headers: LightHeaders, real: Headers): void {
		headers.#real = real;
		headers.#source = null;
	}

	/** Whether it says what it said at first, for sure. */
	static isUntouched(headers: LightHeaders): boolean {
		return headers.#real === null;
	}

	get(name: string): string | null {
		const source = this.#source;
		if (source === null || typeof name !== 'string') return LightHeaders.real(this).get(name);
		// What is no name throws, with the platform's own words.
		return source.fieldValue(name.toLowerCase()) ?? (isToken(name) ? null : LightHeaders.real(this).get(name));
	}

	has(name: string): boolean {
		const source = this.#source;
		if (source === null || typeof name !== 'string') return LightHeaders.real(this).has(name);
		return source.fieldValue(name.toLowerCase()) !== null || (!isToken(name) && LightHeaders.real(this).has(name));
	}
}

inheritFrom(LightHeaders.prototype, PlatformHeaders.prototype);
