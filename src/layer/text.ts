/** The text layer: the gateway, decoded. */
export { requireText, type TextApp, type TextFunction, type TextMiddleware, text } from './text/app.ts';
export type { TextEnviron, TextUpgrade } from './text/environ.ts';
export { decodeEnviron, encodeEnviron } from './text/environ-decoding.ts';
export { decodeFields, decodeStatus, encodeFields, encodeStatus } from './text/head-encoding.ts';
export type { TextFieldPairs, TextStartResponse } from './text/start-response.ts';
export { decodeUtf8, encodeUtf8 } from './text/surrogate-escapes.ts';
