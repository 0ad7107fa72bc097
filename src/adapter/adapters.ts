/** The adapters between the layers: each runs an application of one layer where one of another is wanted. */
export { type AdaptOptions, type AnyApp, adapt, type Layer, type LayerApps } from './adapt.ts';
export * from './core-adapters.ts';
export { type NodeToRichOptions, nodeToRich } from './node-to-rich.ts';
export { type RichToNodeOptions, richToNode } from './rich-to-node.ts';
