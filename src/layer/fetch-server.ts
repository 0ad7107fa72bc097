/** The Fetch Server API: handler objects that are called with a context, after the draft of WinterTC. */
export {
	type FetchServerApp,
	fetchServer,
	type Handled,
	type HandlerObject,
	type MarkedHandler,
	requireFetchServer,
} from './fetch-server/app.ts';
export type {
	ConnectContext,
	RequestPriority,
	ServerContext,
	SocketAddress,
	TrailedRequest,
	WebSocketUpgradeInit,
} from './fetch-server/context.ts';
export { FALL_THROUGH, PROTOCOL } from './fetch-server/protocol.ts';
export {
	type HttpErrorCode,
	type ProtocolError,
	protocolError,
	type WireDetail,
} from './fetch-server/protocol-error.ts';
export { type TrailedResponse, withTrailers } from './fetch-server/trailers.ts';
export type { Capsule, CapsuleStream, DatagramStream, Tunnel } from './fetch-server/tunnel.ts';
