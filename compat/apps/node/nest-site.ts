/** A site of NestJS, the same on Express and on Fastify. Decorators are called as functions: types can be erased, decorators cannot. */
import 'reflect-metadata';
import { createReadStream } from 'node:fs';
import { Readable } from 'node:stream';
import type { INestApplication } from '@nestjs/common';
import {
	BadRequestException,
	Body,
	type CallHandler,
	type CanActivate,
	Catch,
	Controller,
	type ExceptionFilter,
	type ExecutionContext,
	Get,
	Header,
	Headers,
	HttpCode,
	HttpException,
	Injectable,
	Module,
	type NestInterceptor,
	Param,
	ParseIntPipe,
	Post,
	Query,
	Redirect,
	Req,
	Sse,
	StreamableFile,
	UnauthorizedException,
	UseFilters,
	UseGuards,
	UseInterceptors,
} from '@nestjs/common';
import { concatMap, map, type Observable, of, timer } from 'rxjs';
import { broken, chunks, LARGE, PUBLIC } from '../content.ts';

type Decorated = Record<string, (...args: never[]) => unknown>;

/** What decorators in front of a method, and of its parameters, would do. */
function method(
	target: { prototype: object },
	name: string,
	decorators: MethodDecorator[],
	...parameters: ParameterDecorator[]
): void {
	const prototype = target.prototype as Decorated;
	parameters.forEach((parameter, at) => void parameter(prototype, name, at));
	const descriptor = Object.getOwnPropertyDescriptor(prototype, name) as PropertyDescriptor;
	for (const decorator of decorators.toReversed()) decorator(prototype, name, descriptor as never);
}

class Guard implements CanActivate {
	canActivate(context: ExecutionContext): boolean {
		const { headers } = context.switchToHttp().getRequest() as { headers: Record<string, string> };
		if (headers['x-user'] === undefined) throw new UnauthorizedException('who are you');
		return headers['x-user'] === 'me';
	}
}
Injectable()(Guard);

class Wrapping implements NestInterceptor {
	intercept(_context: ExecutionContext, next: CallHandler): Observable<unknown> {
		return next.handle().pipe(map((wrapped: unknown) => ({ wrapped })));
	}
}
Injectable()(Wrapping);

class Filter implements ExceptionFilter {
	catch(error: Error, host: Parameters<ExceptionFilter['catch']>[1]): void {
		const response = host.switchToHttp().getResponse() as { status(code: number): { send(body: unknown): void } };
		response.status(409).send({ filtered: error.message });
	}
}
Catch()(Filter);

class Site {
	hello(): string {
		return 'hello';
	}
	json(): object {
		return { hello: 'world', list: [1, 2, 3] };
	}
	query(query: unknown, { url }: { url: string }): object {
		return { query, url };
	}
	params(name: string): object {
		return { name };
	}
	number(id: number): object {
		return { id };
	}
	back(): object {
		return {};
	}
	fields(): string {
		return '<p>hello';
	}
	body(body: unknown, type: string): object {
		return { body: body ?? null, type: type ?? null };
	}
	unread(): string {
		return 'not read';
	}
	large(): string {
		return LARGE;
	}
	items(): string[] {
		return ['item'];
	}
	guarded(): string {
		return 'let in';
	}
	wrapped(): string {
		return 'inside';
	}
	filtered(): never {
		throw new Error('filtered');
	}
	events(): Observable<object> {
		return of(1, 2, 3).pipe(
			concatMap((id) => timer(1).pipe(map(() => ({ id: String(id), type: 'tick', data: { id } })))),
		);
	}
	stream(): StreamableFile {
		return new StreamableFile(Readable.from(chunks(5, 20)), { type: 'text/plain' });
	}
	streamLarge(): StreamableFile {
		return new StreamableFile(Readable.from(chunks(64, 16_384)));
	}
	streamBroken(): StreamableFile {
		const file = new StreamableFile(Readable.from(broken()));
		file.setErrorLogger(() => {});
		return file;
	}
	file(): StreamableFile {
		return new StreamableFile(createReadStream(`${PUBLIC}/file.txt`), {
			disposition: 'attachment; filename="file.txt"',
		});
	}
	observable(): Observable<object> {
		return timer(2).pipe(map(() => ({ later: true })));
	}
	throwing(): never {
		throw new Error('thrown');
	}
	async throwingLater(): Promise<never> {
		await null;
		throw new Error('thrown later');
	}
	throwingStatus(): never {
		throw new HttpException({ error: 'a teapot' }, 418);
	}
	refused(): never {
		throw new BadRequestException(['one', 'two'], { description: 'refused' });
	}
}
method(Site, 'hello', [Get('hello')]);
method(Site, 'json', [Get('json')]);
method(Site, 'query', [Get('query')], Query(), Req());
method(Site, 'params', [Get('params/:name')], Param('name'));
method(Site, 'number', [Get('number/:id')], Param('id', ParseIntPipe));
method(Site, 'back', [Get('redirect'), Redirect('/hello', 302)]);
method(Site, 'fields', [Get('fields'), Header('X-Two', 'a, b'), Header('Content-Type', 'text/html'), HttpCode(203)]);
method(Site, 'body', [Post('body')], Body(), Headers('content-type'));
method(Site, 'unread', [Post('unread')]);
method(Site, 'large', [Get('large')]);
method(Site, 'items', [Get('api/items')]);
method(Site, 'guarded', [Get('guarded'), UseGuards(Guard)]);
method(Site, 'wrapped', [Get('wrapped'), UseInterceptors(Wrapping)]);
method(Site, 'filtered', [Get('filtered'), UseFilters(Filter)]);
method(Site, 'events', [Sse('events')]);
method(Site, 'stream', [Get('stream')]);
method(Site, 'streamLarge', [Get('stream/large')]);
method(Site, 'streamBroken', [Get('stream/broken')]);
method(Site, 'file', [Get('file')]);
method(Site, 'observable', [Get('observable')]);
method(Site, 'throwing', [Get('throw')]);
method(Site, 'throwingLater', [Get('throw/async')]);
method(Site, 'throwingStatus', [Get('throw/status')]);
method(Site, 'refused', [Get('refused')]);
Controller()(Site);

export class SiteModule {}
Module({ controllers: [Site] })(SiteModule);

/** What its own platform would listen with. */
export async function listening(app: INestApplication): Promise<number> {
	await app.listen(0, '127.0.0.1');
	return Number(new URL(await app.getUrl()).port);
}
