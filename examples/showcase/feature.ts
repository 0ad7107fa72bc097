/** What one feature of the showcase consists of. */
import type { Exchange, RichFunction } from 'rsgi';

/** Answers one route. */
export type Route = (exchange: Exchange, query: URLSearchParams) => ReturnType<RichFunction>;

/** Routes by method and path, as `GET /events`; `CONNECT` alone for every CONNECT. */
export type Routes = Readonly<Record<string, Route>>;

/** The server as a client has reached it; commands are made for it. */
export interface Place {
	/** `https://127.0.0.1:8443` */
	readonly origin: string;
	/** `127.0.0.1:8443` */
	readonly authority: string;
	readonly secure: boolean;
}

/** A command to paste into a shell. */
export interface Command {
	readonly run: string;
	/** What to look for in what it prints. */
	readonly shows: string;
}

/** One feature: the section `id` of the page, its routes, its commands. */
export interface Feature {
	readonly id: string;
	readonly routes: Routes;
	readonly commands: (place: Place) => readonly Command[];
}

/** `curl` with short options, and the one that accepts a self-signed certificate where it is needed. */
export function curl(place: Place, options: string): string {
	const flags = `${place.secure ? 'k' : ''}${options}`;
	return flags === '' ? 'curl' : `curl -${flags}`;
}

/** The same over HTTP/2: by ALPN with TLS, by prior knowledge without. */
export function curl2(place: Place, options: string): string {
	return place.secure ? curl(place, options) : `${curl(place, options)} --http2-prior-knowledge`;
}

/** `nghttp`, which speaks HTTP/2 only, with short options; quiet about a self-signed certificate. */
export function nghttp(place: Place, options: string): string {
	return `nghttp -${place.secure ? 'y' : ''}${options}`;
}
