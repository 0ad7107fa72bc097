/** SIGTERM and SIGINT: the first lets open exchanges end, the second does not. */
import { constants } from 'node:os';
import { FAILED } from './failure.ts';

/** What is stopped. */
export interface Stoppable {
	readonly connections: number;
	/** Lets what is open end. */
	stop(): Promise<void>;
	/** Ends it now. */
	kill(): void;
}

/** A signal again within so many milliseconds is the same key press: npm passes on what the terminal has sent already. */
const SAME_PRESS = 250;
/** How long a forced stop may take, in milliseconds: the application's `stop` has a say, but not the last word. */
const FORCED = 2000;

/**
 * Stops the server, and then the process, on a signal.
 * @param limit how long a graceful stop waits, in milliseconds; 0 for as long as it takes
 */
export function stopOnSignal(server: Stoppable, limit: number): void {
	let first = 0;
	let code = 0;
	const stop = (signal: 'SIGTERM' | 'SIGINT'): void => {
		const now = performance.now();
		if (first === 0) {
			first = now;
			console.error(`rsgi: ${signal}: stopping. ${waiting(server, limit)}`);
			server.stop().then(
				() => process.exit(code),
				(error: unknown) => {
					console.error('rsgi: the application failed to stop:\n', error);
					process.exit(FAILED);
				},
			);
		} else if (code === 0 && now - first >= SAME_PRESS) {
			code = 128 + constants.signals[signal];
			console.error(`rsgi: ${signal} again: ending what is open.`);
			server.kill();
			setTimeout(() => process.exit(code), FORCED);
		}
	};
	process.on('SIGTERM', stop);
	process.on('SIGINT', stop);
}

function waiting(server: Stoppable, limit: number): string {
	if (server.connections === 0) return 'No connection is open.';
	const connections = server.connections === 1 ? 'One connection is' : `${server.connections} connections are`;
	const time = limit > 0 ? `at most ${limit / 1000} s` : 'without a limit';
	return `${connections} open: exchanges on them may end, ${time}; another signal ends them now.`;
}
