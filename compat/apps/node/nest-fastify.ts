/** NestJS on Fastify. */
import compress from '@fastify/compress';
import helmet from '@fastify/helmet';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import type { NodeSite } from '../../serve/site.ts';
import { listening, SiteModule } from './nest-site.ts';

async function build(): Promise<NestFastifyApplication> {
	const app = await NestFactory.create<NestFastifyApplication>(SiteModule, new FastifyAdapter(), { logger: false });
	app.enableCors({ origin: ['https://app.test'], credentials: true });
	await app.register(helmet as never);
	await app.register(compress as never, { threshold: 100 });
	return app;
}

export const site: NodeSite = { layer: 'node', app: build, own: async () => listening(await build()) };
