/** Notices the servers that a module opens while it is imported: built servers do that, and so do the examples of many frameworks. */
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { fileURLToPath } from 'node:url';

/** Node tells here that listen() is called on a server, before anything is opened. */
const LISTENING = 'tracing:net.server.listen:asyncStart';

/** Notes from now on where servers are told to listen. */
export class OwnServers {
	/** The places, as `app.js:12` of absolute paths; what a package does on behalf of the module is the module's. */
	readonly places: string[] = [];
	readonly #heard = (): void => {
		this.places.push(place(new Error().stack ?? ''));
	};

	constructor() {
		subscribe(LISTENING, this.#heard);
	}

	/** Notes no more. */
	end(): void {
		unsubscribe(LISTENING, this.#heard);
	}
}

/** The innermost place of a stack that is neither Node's nor a package's nor in this file. */
function place(stack: string): string {
	const places = [...stack.matchAll(/^ {4}at (?:.*\()?(\S+:\d+):\d+\)?$/gm)]
		.map(([, found = '']) => found)
		.filter((found) => !found.startsWith('node:'))
		.slice(1);
	const own = places.find((found) => !found.includes('/node_modules/')) ?? places[0] ?? 'a place unknown';
	return own.startsWith('file:') ? fileURLToPath(own) : own;
}
