/** Where applications are mounted: below a path, on a host, or both; the most particular place wins. */
import { Misuse } from '../wire/fault.ts';
import { latin1Decode } from '../wire/latin1.ts';
import { utf8 } from '../wire/utf8.ts';

/** One place. */
interface Place<App> {
	/** In lower case: a host, `*.` and the domain that it stands for the subdomains of, or null for any host. */
	readonly host: string | null;
	/** Octets, one character each: empty, or a slash and no slash at the end. */
	readonly path: string;
	readonly app: App;
}

/** What was found. */
export interface Mounted<App> {
	readonly app: App;
	/** The part of the path that led there. */
	readonly path: string;
}

/** A host, with `*.` before it perhaps, and a path behind it. IPv6 addresses have their brackets. */
const KEY = /^(?:\/\/(\*?[^/*?#@:[\]]+|\[[0-9a-f:.]+\]))?(\/(?!\/)[^?#]*)?$/i;

export class MountTable<App> {
	/** What is looked at first stands first: named hosts, then longer domains, then any host; longer paths first in each. */
	readonly #places: readonly Place<App>[];

	/**
	 * @param apps by `/path`, `//host` or `//host/path`; the path is text, not percent-encoded
	 * @throws Misuse for a place that is none, or is there twice (MW-1)
	 */
	constructor(apps: Readonly<Record<string, App>>) {
		const places: Place<App>[] = [];
		for (const [key, app] of Object.entries(apps)) {
			const match = KEY.exec(key);
			if (key === '' || match === null) {
				throw new Misuse(
					'MW-1',
					`${JSON.stringify(key)} is no place to mount at: say '/path', '//host' or '//host/path', without a port.`,
				);
			}
			const place = { host: match[1]?.toLowerCase() ?? null, path: pathOctets(match[2] ?? ''), app };
			if (places.some(({ host, path }) => host === place.host && path === place.path)) {
				throw new Misuse('MW-1', `Two applications are mounted at ${JSON.stringify(key)}.`);
			}
			places.push(place);
		}
		this.#places = places.sort(
			(a, b) => rank(b.host) - rank(a.host) || b.path.length - a.path.length || (a.path < b.path ? -1 : 1),
		);
	}

	/**
	 * @param host as Host has it, a port behind it perhaps; null for none
	 * @param path decoded octets, one character each
	 */
	find(host: string | null, path: string): Mounted<App> | null {
		const name = host === null ? null : hostName(host);
		for (const place of this.#places) {
			if (hostMatches(place.host, name) && pathMatches(place.path, path)) return { app: place.app, path: place.path };
		}
		return null;
	}
}

function pathOctets(text: string): string {
	const octets = utf8(text.replace(/\/+$/, ''));
	return latin1Decode(octets, 0, octets.length);
}

/** A name is more than a domain, a long domain more than a short one, and that more than any host. */
function rank(host: string | null): number {
	if (host === null) return 0;
	return host.startsWith('*') ? host.length : Number.POSITIVE_INFINITY;
}

/** Without the port and the dot of a fully qualified name. */
function hostName(host: string): string {
	return host.replace(/:\d*$/, '').replace(/\.$/, '').toLowerCase();
}

function hostMatches(wanted: string | null, host: string | null): boolean {
	if (wanted === null || host === null) return wanted === null;
	return wanted.startsWith('*') ? host.endsWith(wanted.slice(1)) && host.length >= wanted.length : host === wanted;
}

/** `/shop` leads to `/shop` and to what is below it, and not to `/shopping`. */
function pathMatches(wanted: string, path: string): boolean {
	return path.startsWith(wanted) && (wanted === '' || path.length === wanted.length || path[wanted.length] === '/');
}
