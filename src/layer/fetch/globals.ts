/**
 * Makes the platform take server requests for what they are instances of. A Request of the platform has private members, which
 * nothing that merely inherits from it can have: `new Request(request)`, `fetch(request)` and the getters of `Request.prototype`
 * look for them. So these three pass on the real request that stands behind.
 */
import { inherit, ServerRequest } from './server-request.ts';

let done = false;

/** Does so, once in a process. Whoever makes server requests calls it before. */
export function takeServerRequests(): void {
	if (done) return;
	done = true;
	const Platform = globalThis.Request;
	passOn(Platform.prototype);
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
	const platformFetch = globalThis.fetch;
	define(globalThis, 'fetch', function fetch(input: string | URL | Request, init?: RequestInit): Promise<Response> {
		return platformFetch(ServerRequest.is(input) ? ServerRequest.real(input) : input, init);
	});
}

/** Puts its like in the place of each member of the prototype, for server requests too. */
function passOn(prototype: Request): void {
	for (const [name, member] of Object.entries(Object.getOwnPropertyDescriptors(prototype))) {
		if (name === 'constructor' || !member.configurable) continue;
		const { get, value } = member as { get?: (this: unknown) => unknown; value?: unknown };
		if (get !== undefined) {
			Object.defineProperty(prototype, name, {
				...member,
				get(this: unknown): unknown {
					return get.call(realOf(this));
				},
			});
		} else if (typeof value === 'function') {
			const method = {
				[name](this: unknown, ...args: unknown[]): unknown {
					return Reflect.apply(value, realOf(this), args);
				},
			}[name];
			Object.defineProperty(prototype, name, { ...member, value: method });
		}
	}
}

function realOf(value: unknown): unknown {
	return ServerRequest.is(value) ? ServerRequest.real(value) : value;
}

/** As the platform has them: not enumerated, and others may replace them. */
function define(object: object, name: string, value: unknown): void {
	Object.defineProperty(object, name, { value, writable: true, configurable: true, enumerable: false });
}
