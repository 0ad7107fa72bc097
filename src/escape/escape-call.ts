/** The escape of the fetch layer, of the node layer, and of whatever framework runs on one of them. */
import type { EscapeOptions } from '../layer/escape-options.ts';
import { makesLightResponses } from '../layer/fetch/globals.ts';
import { LightResponse } from '../layer/fetch/light-response.ts';
import { contextOf } from '../layer/fetch/server-request.ts';
import type { RichApp } from '../rich/app.ts';
import { described } from '../rich/described.ts';
import { Misuse } from '../wire/fault.ts';
import type { FieldLines } from '../wire/fields.ts';
import { currentFrame, type EscapeFrame, frameOf, registerBy } from './frame.ts';
import type { Placeholder } from './placeholder.ts';

/** A response of Node, or of whatever has its three members. */
export interface ResponseLike {
	statusCode: number;
	setHeader(name: string, value: string): unknown;
	end(content: string): unknown;
}

/** A placeholder as values, for frameworks that send responses in a way of their own. */
export interface PlaceholderResponse {
	readonly status: 200;
	readonly headers: Readonly<Record<string, string>>;
	readonly body: string;
}

/** What has the request of fetch: the context of a handler object, and that of some frameworks. */
export interface RequestHolder {
	readonly request: Request;
}

/**
 * Registers a rich application with the server, and gives a placeholder for it: a Response to be returned. If it reaches the
 * server, through whatever middleware, the application is run in its place.
 *
 * @param request the request that is being answered, or what middleware has made of it; of a handler object of the Fetch Server
 * API its context too
 * @throws Misuse where there is no escape (ESC-51, ESC-52), when it is too late (ESC-5), and for what cannot be registered
 * @example
 * app.get('/chat', (c) => escape(c.req.raw, chatRoom)); // Hono
 * fetchServer({ fetch: page, connect: (ctx) => escape(ctx, chatRoom) }); // Fetch Server API
 */
export function escape(request: Request | RequestHolder, app: RichApp, options?: EscapeOptions): Response;
/**
 * The same for Node's request and response: the placeholder is sent as the response.
 *
 * @param request Node's own: `req` of Express
 * @example
 * app.get('/chat', (req, res) => escape(req, res, chatRoom)); // Express
 */
export function escape(request: object, response: ResponseLike, app: RichApp, options?: EscapeOptions): void;
export function escape(
	request: object,
	second: RichApp | ResponseLike,
	third?: RichApp | EscapeOptions,
	fourth?: EscapeOptions,
): Response | undefined {
	if (typeof second === 'function') {
		// The Response would be given to nobody, and the client wait for ever.
		if (Array.isArray((request as { rawHeaders?: unknown } | null)?.rawHeaders)) {
			throw new Misuse(
				'ESC-54',
				'escape(request, app) gives a Response, which a handler of (req, res) has no use for: write escape(req, res, app), or send what placeholder(req, app) gives, as in Koa and Fastify.',
			);
		}
		const made = registered(request, second, third as EscapeOptions | undefined);
		if (makesLightResponses()) return LightResponse.ofStock(made) as unknown as Response;
		return new Response(made.tag, { headers: recordOf(made.fields) });
	}
	if (typeof second?.setHeader !== 'function' || typeof second.end !== 'function') {
		throw new Misuse(
			'ESC-54',
			`escape() takes (request, app) and gives a Response, or (req, res, app) with those of Node, not ${described(second)} second.`,
		);
	}
	const frame = frameFor(request);
	const made = registerBy(frame, third as RichApp, fourth);
	if (frame.send?.(second, made) === true) return undefined;
	const { fields, tag } = made;
	second.statusCode = 200;
	for (let at = 0; at < fields.length; at += 2) second.setHeader(fields[at] as string, fields[at + 1] as string);
	second.end(tag);
	return undefined;
}

/**
 * Registers a rich application, and gives the placeholder as values: for frameworks whose middleware does not see what is written
 * to Node's response, but what a handler gives to the framework.
 *
 * @param request the request, of fetch or of Node
 * @throws Misuse as {@link escape}
 * @example
 * router.get('/chat', (ctx) => { // Koa
 *   const { headers, body } = placeholder(ctx.req, chatRoom);
 *   ctx.set(headers);
 *   ctx.body = body;
 * });
 * fastify.get('/chat', (request, reply) => {
 *   const { headers, body } = placeholder(request.raw, chatRoom);
 *   return reply.headers(headers).send(body);
 * });
 */
export function placeholder(request: object, app: RichApp, options?: EscapeOptions): PlaceholderResponse {
	const { fields, tag } = registered(request, app, options);
	return { status: 200, headers: recordOf(fields), body: tag };
}

function registered(request: object, app: RichApp, options: EscapeOptions | undefined): Placeholder {
	return registerBy(frameFor(request), app, options);
}

function frameFor(request: object): EscapeFrame {
	return frameOf(request) ?? currentFrame(shown(request));
}

function recordOf(fields: FieldLines): Record<string, string> {
	const headers: Record<string, string> = {};
	for (let at = 0; at < fields.length; at += 2) headers[fields[at] as string] = fields[at + 1] as string;
	return headers;
}

/** What a request is known by: of fetch its context, where it has one; Node's is known by itself. */
function shown(request: object): object | null {
	if (typeof request !== 'object' || request === null) {
		throw new Misuse('ESC-54', `An escape takes the request that is being answered, not ${described(request)}.`);
	}
	const context = contextOf(request as Request) ?? contextOf((request as RequestHolder).request);
	if (context !== null) return context;
	// A Request of another make is known by nothing; the context of the call counts.
	return 'headers' in request && request.headers instanceof Headers ? null : request;
}
