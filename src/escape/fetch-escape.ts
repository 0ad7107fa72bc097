/** The escape of the fetch layer. */
import type { EscapeOptions } from '../layer/escape-options.ts';
import { contextOf } from '../layer/fetch/server-request.ts';
import type { RichApp } from '../rich/app.ts';
import { currentFrame } from './frame.ts';

/**
 * Registers a rich application with the server, and gives a placeholder for it: a Response to be returned. If it reaches the
 * server, through whatever middleware, the application is run in its place.
 *
 * @param request the request that is being answered, or what middleware has made of it
 * @throws Misuse where there is no escape (ESC-51, ESC-52), when it is too late (ESC-5), and for what cannot be registered
 * @example
 * app.get('/chat', (c) => escape(c.req.raw, chatRoom)); // Hono
 */
export function escape(request: Request, app: RichApp, options?: EscapeOptions): Response {
	const { fields, tag } = currentFrame(contextOf(request)).register(app, options);
	const headers: [string, string][] = [];
	for (let at = 0; at < fields.length; at += 2) headers.push([fields[at] as string, fields[at + 1] as string]);
	return new Response(tag, { headers });
}
