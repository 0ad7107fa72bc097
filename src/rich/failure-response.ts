/** What the server answers in an application's place: when it has failed (RICH-28), when it is late (RICH-44), and when it cannot say it. */
import { latin1Bytes } from '../wire/latin1.ts';

/** The field lines of each. */
export const FAILURE_FIELDS: readonly string[] = ['content-type', 'text/plain; charset=utf-8'];
/** With 500. */
export const FAILED: Uint8Array = latin1Bytes('Internal Server Error\n');
/** With 501, to CONNECT, from layers that have no tunnels. */
export const NO_TUNNEL: Uint8Array = latin1Bytes('Not Implemented: the application opens no tunnels\n');
/** With 503. */
export const LATE: Uint8Array = latin1Bytes('Service Unavailable: the application did not answer in time\n');
