/** tRPC by its adapter for Express. */
import { createExpressMiddleware } from '@trpc/server/adapters/express';
import cors from 'cors';
import express from 'express';
import type { NodeSite } from '../../serve/site.ts';
import { context, router } from '../trpc-router.ts';

const app = express();
app.use(cors());
app.use(
	'/trpc',
	createExpressMiddleware({
		router,
		createContext: ({ req, res }) => context(req.get('x-user'), (name, value) => res.append(name, value)),
	}),
);

export const site: NodeSite = { layer: 'node', app: () => app };
