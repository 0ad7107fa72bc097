/** What `send` throws past the hard mark. */
import { BackpressureFault } from '../../wire/fault.ts';

export function overflown(waiting: number): BackpressureFault {
	return new BackpressureFault('WS-21', `${waiting} octets wait already: after send() returns false, wait for drain.`);
}
