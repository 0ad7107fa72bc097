/** The adapters between the layers: each runs an application of one layer where one of another is wanted. */
export { type GatewayToRichOptions, gatewayToRich } from './gateway-to-rich.ts';
