/** What a site of the matrix is, and who is let in to it. */
import type { RichApp } from 'rsgi';

/** What a path escapes to; null for none. */
export type TargetOf = (path: string) => RichApp | null;

/** Runs an escape, of which the site may want to know how it failed. */
export type Escaping = <T>(run: () => T) => T;

/** A server that a framework brings itself, with no rich server underneath. */
export interface OwnServer {
	readonly port: number;
	close(): void;
}

/** One application of a framework, behind the middleware that its users put in front. */
export interface Site {
	readonly app: RichApp;
	/** Starts it as its framework's own documentation says; null for what is only ever served by a rich server. */
	readonly own: (() => Promise<OwnServer>) | null;
}

/**
 * What has a target escapes to it, for who is let in; all others get 401, and what has no target a page. Middleware puts the cookie
 * `seen` and the field `x-site` on every response.
 */
export interface SiteMaker {
	/** Said in the table. */
	readonly middleware: string;
	make(targetOf: TargetOf, escaping: Escaping): Site | Promise<Site>;
}

/** Who sends `x-user`, or has the cookie `user`, which is what a browser can do for a WebSocket. */
export function isUser(user: string | null | undefined, cookie: string | null | undefined): boolean {
	return (user ?? '') !== '' || /(?:^|; )user=/.test(cookie ?? '');
}

/** The same for the headers of fetch. */
export function hasUser(headers: Headers): boolean {
	return isUser(headers.get('x-user'), headers.get('cookie'));
}

export const PAGE = '<p>page</p>';
