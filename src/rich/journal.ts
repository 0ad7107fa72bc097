/**
 * Where an exchange's way is told of: what middleware, layers and the origin of escapes have to say of it, for whoever watches. Where
 * nobody does there is no journal, and looking for one is all that it costs.
 */
import type { FieldLines } from '../wire/fields.ts';
import type { Outcome } from './outcome.ts';

/** A response as it was at some point: without content, without values that may be secrets, and without tags. */
export interface ResponseLook {
	readonly status: number;
	/** The names of its field lines, in lower case, in their order. */
	readonly names: readonly string[];
	/** The values of the few fields that say what kind of response it is. */
	readonly shown: Readonly<Record<string, string>>;
	/** Whether its Content-Type is that of a placeholder. */
	readonly placeholder: boolean;
}

/** The content of a response that was watched for a placeholder. */
export type ContentLook = 'unseen' | 'none' | 'tag' | 'coded tag' | 'other';

/** What was made of a response that was watched for a placeholder. */
export type EscapeVerdict = 'run' | 'pass' | 'strip' | 'fail';

/** One step on the way of an exchange. */
export type JourneyStep =
	/** A layer begins, which sees the exchange in its own terms. */
	| { readonly kind: 'layer'; readonly layer: 'gateway' | 'text' | 'fetch' | 'fetch-server' | 'node' }
	/** Middleware of that name has the request; and what there is of a response, where that is made step by step, as in Node. */
	| { readonly kind: 'enter'; readonly name: string; readonly response: ResponseLook | null }
	/** It lets the request go on. */
	| { readonly kind: 'through'; readonly name: string; readonly response: ResponseLook | null }
	/** It gives its answer back: what it was given, and what it made of it. It has not let the request go on where `before` is null. */
	| {
			readonly kind: 'back';
			readonly name: string;
			readonly before: ResponseLook | null;
			readonly after: ResponseLook | null;
	  }
	/** It threw, or gave a promise that was rejected. */
	| { readonly kind: 'threw'; readonly name: string }
	/** An interceptor wraps what is about to be registered. */
	| { readonly kind: 'intercept'; readonly name: string }
	/** A rich application was registered, the so manieth of the exchange, and its placeholder handed out. */
	| { readonly kind: 'escape'; readonly number: number; readonly content: 'any' | 'whole' }
	/** A response that may be a placeholder has come to the origin, which has decided by this rule. */
	| {
			readonly kind: 'decide';
			readonly verdict: EscapeVerdict;
			readonly rule: string;
			readonly why: string;
			readonly response: ResponseLook;
			readonly content: ContentLook;
	  }
	/** The rich application takes the exchange over. */
	| {
			readonly kind: 'run';
			/** The names of the fields that were added on the way, and of those that were dropped. */
			readonly inherited: readonly string[];
			readonly dropped: readonly string[];
	  }
	/** Its own fields have met those that it inherited. */
	| {
			readonly kind: 'merge';
			/** The names of inherited lines that go out, and of those in whose place its own do. */
			readonly kept: readonly string[];
			readonly replaced: readonly string[];
	  }
	/** So many registrations were not run. */
	| { readonly kind: 'discard'; readonly count: number; readonly reason: 'replaced' | 'refused' | 'ended' }
	/** An informational response was sent. */
	| { readonly kind: 'inform'; readonly response: ResponseLook }
	/** A push was promised. */
	| { readonly kind: 'push'; readonly target: string }
	/** The final response has begun. */
	| { readonly kind: 'respond'; readonly response: ResponseLook }
	/** A tunnel was opened. */
	| { readonly kind: 'accept'; readonly protocol: string | null; readonly response: ResponseLook }
	/** The response has been ended, with these trailer fields. */
	| { readonly kind: 'end'; readonly octets: number; readonly trailers: readonly string[] }
	/** The application failed. */
	| { readonly kind: 'failed'; readonly error: string }
	/** The exchange is over. */
	| { readonly kind: 'closed'; readonly outcome: Outcome };

/** Takes the steps of one exchange. It throws nothing. */
export interface Journal {
	/** Whether a journey is recorded: there is one for each exchange. */
	readonly watches: boolean;
	tell(step: JourneyStep): void;
}

/** The member by which an exchange that is watched has its journal. */
const JOURNAL: unique symbol = Symbol('rsgi.journal');

/** The journal of an exchange; null where nobody watches. */
export function journalOf(exchange: object): Journal | null {
	return (exchange as { readonly [JOURNAL]?: Journal | null })[JOURNAL] ?? null;
}

/** Says where the exchanges of a class have their journal. */
export function giveJournal<T extends object>(
	made: { readonly prototype: T },
	journal: (exchange: T) => Journal | null,
): void {
	Object.defineProperty(made.prototype, JOURNAL, {
		get(this: T) {
			return journal(this);
		},
	});
}

/** Fields whose values tell what kind of response it is, and nothing of anybody. */
const SHOWN: ReadonlySet<string> = new Set([
	...['content-type', 'content-length', 'content-encoding', 'cache-control', 'vary', 'link', 'upgrade', 'trailer'],
]);

/** How a response looks. Tags are masked, whatever has become of them. */
export function lookOf(status: number, lines: FieldLines): ResponseLook {
	const names: string[] = [];
	const shown: Record<string, string> = {};
	let placeholder = false;
	for (let at = 0; at < lines.length; at += 2) {
		const name = (lines[at] as string).toLowerCase();
		const value = lines[at + 1] as string;
		names.push(name);
		if (!SHOWN.has(name)) continue;
		const said = masked(value).slice(0, 200);
		shown[name] = shown[name] === undefined ? said : `${shown[name]}, ${said}`;
		if (name === 'content-type') placeholder ||= value.toLowerCase().includes('application/vnd.rsgi.escape');
	}
	return { status, names, shown, placeholder };
}

/** Text without any tag of an escape that may be in it (ESC-4). */
export function masked(text: string): string {
	return text.replace(/(vnd\.rsgi\.escape)\s*;\s*id=[^,\s]*/gi, '$1').replace(/rsgi-escape-[0-9a-f]*/gi, '***');
}
