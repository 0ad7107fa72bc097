/** The adapters that run where there is no `node:`. */
export { type FetchServerToRichOptions, fetchServerToRich, type WebSocketOpener } from './fetch-server-to-rich.ts';
export { type FetchToRichOptions, fetchToRich } from './fetch-to-rich.ts';
export { gatewayToLite } from './gateway-to-lite.ts';
export { type GatewayToRichOptions, gatewayToRich } from './gateway-to-rich.ts';
export { gatewayToText } from './gateway-to-text.ts';
export { liteToGateway } from './lite-to-gateway.ts';
export { type RichToFetchOptions, richToFetch } from './rich-to-fetch.ts';
export { richToFetchServer } from './rich-to-fetch-server.ts';
export { richToGateway } from './rich-to-gateway.ts';
export { richToText } from './rich-to-text.ts';
export { textToGateway } from './text-to-gateway.ts';
export { textToRich } from './text-to-rich.ts';
export { type UnderOptions, underGateway } from './under-gateway.ts';
