/** What is asked of a server, whoever sends it. */
import type { Answer } from './answer.ts';

/** The clients: two for HTTP/1.1, two for HTTP/2. */
export type ClientName = 'curl' | 'undici' | 'curl-h2' | 'node-h2';

/** One request. In its target, its field values and its text, `$client` stands for what no other conversation has. */
export interface Ask {
	/** GET by default. */
	readonly method?: string;
	/** As it is sent: nothing is encoded or resolved. */
	readonly target: string;
	/** Field lines, in order. Host and User-Agent are always sent. */
	readonly fields?: readonly (readonly [name: string, value: string])[];
	readonly body?: string | Uint8Array;
	/** The length of the body is not said beforehand. */
	readonly streamed?: boolean;
	/** Waits for 100 (Continue) before it sends its body. */
	readonly expect?: boolean;
	/** Sent in HTTP/1.0, where the client can. */
	readonly http10?: boolean;
	/**
	 * The client goes away: when the first of the response content has come; when a part of the body was sent and the target that
	 * `when` names answers what it should.
	 */
	readonly abort?: 'download' | { readonly when: string; readonly has: string };
	/** Asked again until it holds. */
	readonly until?: (answer: Answer) => boolean;
	/** What came back is not compared: it is asked for what it does. */
	readonly aside?: boolean;
}

/** Several requests, one after the other, with the cookies that were set on the way. */
export interface Conversation {
	readonly name: string;
	/** A step may be made of the answers before it. */
	readonly steps: readonly (Ask | ((before: readonly Answer[]) => Ask))[];
	/** Who can hold it; everybody by default. */
	readonly clients?: readonly ClientName[];
}

/** A conversation of one request. */
export function once(name: string, ask: Ask, clients?: readonly ClientName[]): Conversation {
	return clients === undefined ? { name, steps: [ask] } : { name, steps: [ask], clients };
}

/** A GET and no more, named by its target. */
export function get(target: string, fields: Ask['fields'] = [], name: string = `GET ${target}`): Conversation {
	return once(name, { target, fields });
}
