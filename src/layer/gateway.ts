/** The bytes layer: WSGI in TypeScript, and its lite form. */
export {
	type GatewayApp,
	type GatewayFunction,
	type GatewayMiddleware,
	gateway,
	requireGateway,
} from './gateway/app.ts';
export type { Binding, Bindings, Bound, Source } from './gateway/bindings.ts';
export { type Blocks, type Body, requireBody, withClose } from './gateway/body.ts';
export { BodyReader, type Step } from './gateway/body-reader.ts';
export { type ByteString, byteString, bytes, isByteString, latin1, octets } from './gateway/byte-string.ts';
export { type Closable, type Closing, Resources } from './gateway/closing.ts';
export type { Environ, Upgrade } from './gateway/environ.ts';
export type { ErrorStream } from './gateway/error-stream.ts';
export type { FileLike, FileWrapper } from './gateway/file-wrapper.ts';
export type { Input } from './gateway/input.ts';
export { lighten } from './gateway/lighten.ts';
export {
	type LiteApp,
	type LiteFunction,
	type LiteMiddleware,
	type LiteResponse,
	lite,
	requireLite,
} from './gateway/lite.ts';
export type { ExcInfo, FieldPair, FieldPairs, StartResponse, Write } from './gateway/start-response.ts';
export { decodeUtf8, encodeUtf8 } from './text/surrogate-escapes.ts';
