/** `rsgi/escape`: from inside a simpler layer to the rich exchange, and the middleware that intercepts it. */
export type { Discarded, EscapeOptions } from '../layer/escape-options.ts';
export { escape, type PlaceholderResponse, placeholder, type RequestHolder, type ResponseLike } from './escape-call.ts';
export { EscapeFault } from './escape-fault.ts';
export { interceptEscapes } from './frame.ts';
export { escapeLite } from './lite-escape.ts';
