/** What went wrong on the Python side. */

/** An exception of the application. Its `stack` is the traceback of Python; it is for the log, and never for a client. */
export class PythonError extends Error {
	/**
	 * @param message the last line of the traceback
	 * @param traceback all of it
	 */
	constructor(message: string, traceback: string) {
		super(message);
		// Not to be seen beside the traceback, where an error is shown with its properties.
		Object.defineProperty(this, 'name', { value: 'PythonError' });
		this.stack = `PythonError: ${message}\n${traceback.trimEnd()}`;
	}
}

/** The worker of a request has ended, or its channel has failed, before the response was complete. */
export class WorkerLost extends Error {
	override readonly name: string = 'WorkerLost';
}

/** A worker could not be started, or not load the application. The message says it all: there is no stack. */
export class NotLoaded extends Error {
	constructor(message: string) {
		super(message);
		Object.defineProperty(this, 'name', { value: 'NotLoaded' });
		this.stack = `NotLoaded: ${message}`;
	}
}
