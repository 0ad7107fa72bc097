/** What the server answers in an application's place: when it has failed (RICH-28), and when it is late (RICH-44). */
import { latin1Bytes } from '../wire/latin1.ts';

/** The field lines of either. */
export const FAILURE_FIELDS: readonly string[] = ['content-type', 'text/plain; charset=utf-8'];
/** With 500. */
export const FAILED: Uint8Array = latin1Bytes('Internal Server Error\n');
/** With 503. */
export const LATE: Uint8Array = latin1Bytes('Service Unavailable: the application did not answer in time\n');
