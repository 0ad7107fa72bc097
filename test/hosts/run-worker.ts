/** The fixture as a worker: what workerd wants a module to export. */
import { richToFetch } from 'rsgi/adapters';
import type { FetchApp } from 'rsgi/fetch';
import { fixture } from './fixture-app.ts';

const app: FetchApp = richToFetch(fixture);

/** The application itself is a function, which would be taken for a class. */
const worker: Pick<FetchApp, 'fetch'> = { fetch: app.fetch };

export default worker;
