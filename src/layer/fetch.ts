/** The fetch layer: Request in, Response out. */
export {
	type FetchApp,
	type FetchFunction,
	type FetchMiddleware,
	type FetchObject,
	type ForeignFetchObject,
	fetch,
	requireFetch,
} from './fetch/app.ts';
export type { FetchContext } from './fetch/context.ts';
export { contextOf } from './fetch/server-request.ts';
