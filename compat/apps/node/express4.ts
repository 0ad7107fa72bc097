/** Express 4. */
import express from 'express4';
import type { NodeSite } from '../../serve/site.ts';
import { type ExpressModule, expressSite } from './express-site.ts';

export const site: NodeSite = { layer: 'node', app: () => expressSite(express as unknown as ExpressModule) };
