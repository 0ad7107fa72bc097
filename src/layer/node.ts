/** The node layer: Node's request and response, as frameworks for node:http have them. */
export {
	type NodeApp,
	type NodeFunction,
	type NodeMiddleware,
	type NodeNext,
	node,
	requireNode,
} from './node/app.ts';
export type { FastifyLike, KoaLike, NestLike, NodeFramework } from './node/framework.ts';
