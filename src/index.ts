/** RSGI: the rich contract, what applications are made with, and the server. */
export type { ConnectionView } from './connection/connection-view.ts';
export type { ConnectionSettingsInit } from './connection/settings.ts';
export * from './core.ts';
export type { Http1Limits } from './engine/http1/limits.ts';
export type { Http2Limits } from './engine/http2/limits.ts';
export type { ListenOptions } from './host/node/listen.ts';
export type { Log, LogEntry } from './host/node/log.ts';
export { type Server, serve } from './host/node/serve.ts';
export type { ServeOptions } from './host/node/serve-options.ts';
export type { CertificatePair, ServeTls } from './host/node/tls-options.ts';
export type { EngineView, StreamView } from './wire/engine-view.ts';
export type { Timeouts } from './wire/timeouts.ts';
