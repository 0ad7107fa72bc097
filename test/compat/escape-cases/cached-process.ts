/** A server in a process of its own, whose cache is on disk: told which site, and what it logged on request. */
import { inspect } from 'node:util';
import { serve } from 'rsgi';
import { cachedSite } from './cached-site.ts';

const log: unknown[] = [];
const [, , name = '', file = ''] = process.argv;
const server = await serve(cachedSite(name, file), { port: 0, log: (entry) => void log.push(entry) });
process.on('message', () => process.send?.(inspect(log, { depth: 8 })));
process.send?.(server.url);
