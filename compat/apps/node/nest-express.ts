/** NestJS on Express. */
import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import compression from 'compression';
import helmet from 'helmet';
import type { NodeSite } from '../../serve/site.ts';
import { listening, SiteModule } from './nest-site.ts';

async function build(): Promise<NestExpressApplication> {
	const app = await NestFactory.create<NestExpressApplication>(SiteModule, { logger: false });
	app.enableCors({ origin: ['https://app.test'], credentials: true });
	app.use(helmet());
	app.use(compression({ threshold: 100 }));
	return app;
}

export const site: NodeSite = { layer: 'node', app: build, own: async () => listening(await build()) };
