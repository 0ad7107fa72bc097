/** The node layer: Node's request and response, as frameworks for node:http have them, and what stands for its server. */

export {
	type NodeAddress,
	type NodeListenOptions,
	type NodeServer,
	nodeServer,
	serverFactory,
} from './host/node/node-server.ts';
export {
	type NodeApp,
	type NodeFunction,
	type NodeHooks,
	type NodeMiddleware,
	type NodeNext,
	node,
	requireNode,
} from './layer/node/app.ts';
export type { FastifyLike, KoaLike, NestLike, NodeFramework } from './layer/node/framework.ts';
export type { ServerLike } from './layer/node/server-events.ts';
