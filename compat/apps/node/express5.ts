/** Express 5. */
import express from 'express';
import type { NodeSite } from '../../serve/site.ts';
import { type ExpressModule, expressSite } from './express-site.ts';

export const site: NodeSite = { layer: 'node', app: () => expressSite(express as unknown as ExpressModule) };
