/** Listening on a port or a Unix socket, with errors that say what to do. */
import { chmodSync, rmSync } from 'node:fs';
import { connect, type Server } from 'node:net';

/** Where to listen: a port and host, or a Unix socket. */
export interface ListenOptions {
	/** 0 to 65535; 0 (the default) takes a free one. */
	readonly port?: number;
	/** A host name or address; 127.0.0.1 by default. `0.0.0.0` or `::` for every address. */
	readonly host?: string;
	/** The path of a Unix socket, instead of port and host. One that a dead process left behind is replaced. */
	readonly unix?: string;
	/** The mode of the Unix socket, as 0o660; what the umask leaves by default. Whoever may write to it may connect. */
	readonly unixMode?: number;
	/** A descriptor that listens already, which another process has opened: that of systemd, or a parent. Instead of all these. */
	readonly fd?: number;
	/** How many connections the system queues before they are accepted; 4096 by default, and never more than the system allows. */
	readonly backlog?: number;
}

/**
 * Listens.
 * @throws RangeError for more than one place; Error when it cannot be listened there
 */
export async function listen(server: Server, options: ListenOptions): Promise<void> {
	const { port = 0, host = '127.0.0.1', unix, unixMode, fd, backlog = 4096 } = options;
	if (fd !== undefined) {
		if (options.port !== undefined || options.host !== undefined || unix !== undefined) {
			throw new RangeError('A server listens on `fd`, or on another place: give one or the other.');
		}
		return await listening(server, { fd, backlog }, `descriptor ${fd}`);
	}
	if (unix !== undefined) {
		if (options.port !== undefined || options.host !== undefined) {
			throw new RangeError('A server listens on `unix`, or on `port` and `host`: give one or the other.');
		}
		await removeDead(unix);
		await listening(server, { path: unix, backlog }, unix);
		if (unixMode !== undefined) chmodSync(unix, unixMode);
		return;
	}
	await listening(server, { port, host, backlog }, `${host}:${port}`);
}

function listening(server: Server, where: object, name: string): Promise<void> {
	return new Promise((resolve, reject) => {
		const failed = (error: NodeJS.ErrnoException): void => reject(explained(error, name));
		server.once('error', failed);
		server.listen(where, () => {
			server.off('error', failed);
			resolve();
		});
	});
}

const FIXES: Readonly<Record<string, string>> = {
	EADDRINUSE: 'another process listens there: stop it, or choose another port',
	// libuv says so too when the directory of a Unix socket is not there.
	EACCES: 'this user may not: choose a port above 1023, or for a socket a directory that exists and can be written to',
	EADDRNOTAVAIL: 'this machine has no such address: try 127.0.0.1, or 0.0.0.0 for all',
	ENOTFOUND: 'there is no such host name: try 127.0.0.1',
	ENOENT: 'its directory does not exist',
	EBADF: 'there is no such open descriptor: whoever starts this process has to pass it on',
	EINVAL: 'the descriptor is no socket that listens',
	ENOTSOCK: 'the descriptor is no socket',
};

function explained(error: NodeJS.ErrnoException, name: string): Error {
	const fix = FIXES[error.code ?? ''] ?? error.message;
	return Object.assign(new Error(`Cannot listen on ${name}: ${fix} (${error.code}).`, { cause: error }), {
		code: error.code,
	});
}

/** Removes a Unix socket that nobody listens on any more. */
async function removeDead(path: string): Promise<void> {
	const dead = await new Promise<boolean>((resolve) => {
		const probe = connect(path);
		probe.on('connect', () => {
			probe.destroy();
			resolve(false);
		});
		probe.on('error', (error: NodeJS.ErrnoException) => resolve(error.code === 'ECONNREFUSED'));
	});
	if (dead) rmSync(path, { force: true });
}
