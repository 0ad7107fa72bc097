/**
 * What is put over the platform's own: a Request and a fetch that take server requests for what they are instances of, and a
 * Response that is made of the platform only where that is needed.
 */
import { LightHeaders } from './light-headers.ts';
import { LightResponse } from './light-response.ts';
import { inherit, ServerRequest } from './server-request.ts';
import { passOn } from './stand-in.ts';

let done = false;
/** What stands in the place of Response, once it does. */
let taking: unknown = null;

/** Whether Responses are made light here: unless nobody took the globals, or somebody has put another Response there since. */
export function makesLightResponses(): boolean {
	return taking !== null && globalThis.Response === taking;
}

/** Puts them there, once in a process. Whoever makes server requests calls it before. */
export function takeGlobals(): void {
	if (done) return;
	done = true;
	passOn(Headers.prototype, LightHeaders as never);
	takeRequest(globalThis.Request);
	takeFetch(globalThis.fetch);
	if (isUndici()) takeResponse(globalThis.Response);
}

/** Whether the platform's fetch is undici's, as on Node.js. Elsewhere its own server takes no Response but the platform's. */
function isUndici(): boolean {
	const { process } = globalThis as { process?: { readonly versions?: { readonly undici?: string } } };
	return process?.versions?.undici !== undefined;
}

function takeRequest(Platform: typeof Request): void {
	const platformClone = Platform.prototype.clone;
	Platform.prototype.clone = {
		clone(this: Request): Request {
			const clone = platformClone.call(this);
			inherit(clone, this);
			return clone;
		},
	}.clone;
	passOn(Platform.prototype, ServerRequest as never);
	const Taking: typeof Request = new Proxy(Platform, {
		construct(target, args: unknown[], newTarget) {
			const from = args[0];
			if (ServerRequest.is(from)) args[0] = ServerRequest.real(from);
			const made = Reflect.construct(target, args, newTarget === Taking ? target : newTarget) as Request;
			// `new Request(url, request)` is the same request, for another place.
			if (!inherit(made, from)) inherit(made, args[1]);
			return made;
		},
	});
	define(globalThis, 'Request', Taking);
	define(Platform.prototype, 'constructor', Taking);
}

function takeFetch(platformFetch: typeof fetch): void {
	define(globalThis, 'fetch', function fetch(input: string | URL | Request, init?: RequestInit): Promise<Response> {
		return platformFetch(ServerRequest.is(input) ? ServerRequest.real(input) : input, init);
	});
}

function takeResponse(Platform: ResponseClass): void {
	passOn(Platform.prototype, LightResponse as never);
	// No Proxy: this is called for most requests, and through a Proxy it would cost as much again.
	function Taking(this: unknown, ...given: ResponseArguments): object {
		if (new.target === undefined) throw new TypeError("Class constructor Response cannot be invoked without 'new'");
		// A class that extends Response is made by the platform.
		if ((new.target as unknown) !== Taking) return Reflect.construct(Platform, given, new.target);
		return LightResponse.from(given[0], given[1]) ?? new Platform(...given);
	}
	const members = Object.getOwnPropertyDescriptors(Platform as { json: unknown });
	const { json } = {
		json(...given: [data: unknown, init?: ResponseInit]): object {
			return LightResponse.json(given[0], given[1]) ?? Platform.json(...given);
		},
	};
	Object.defineProperties(Taking, { ...members, json: { ...members.json, value: json } });
	taking = Taking;
	define(globalThis, 'Response', Taking);
	define(Platform.prototype, 'constructor', Taking);
}

type ResponseArguments = ConstructorParameters<typeof Response>;
/** What of Response is used here. */
interface ResponseClass {
	new (...given: ResponseArguments): Response;
	readonly prototype: Response;
	json(data: unknown, init?: ResponseInit): Response;
}

/** As the platform has them: not enumerated, and others may replace them. */
function define(object: object, name: string, value: unknown): void {
	Object.defineProperty(object, name, { value, writable: true, configurable: true, enumerable: false });
}
