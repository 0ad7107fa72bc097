/** RSGI without its server: the rich contract, and what applications are made with. Runs where there is no `node:`. */
export { type RichApp, type RichFunction, type RichHooks, type RichMiddleware, rich } from './rich/app.ts';
export type { Address, ClientCertificate, ConnectionFacts, TlsFacts } from './rich/connection-facts.ts';
export type { OutputMarks } from './rich/context.ts';
export { content, type Duplex, duplex } from './rich/duplex.ts';
export type { Exchange, PushHead, Tunnel } from './rich/exchange.ts';
export type { Handler, TunnelHandler } from './rich/handler.ts';
export { ExchangeEnded, type Outcome, type OutcomeReason } from './rich/outcome.ts';
export { WrappedExchange } from './rich/wrapped-exchange.ts';
export type { Priority } from './wire/carrier.ts';
export { BackpressureFault, ErrorCode, Misuse } from './wire/fault.ts';
export { type FieldLines, Fields, type FieldsInit } from './wire/fields.ts';
export { utf8 } from './wire/utf8.ts';
