/** A server of the comparison, as a process of its own: what RSGI puts over the globals is not there on the other side. */
import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';

export type Role = 'own' | 'rsgi';

export interface ServerProcess {
	readonly role: Role;
	readonly port: number;
	/** What it printed before it ended by itself; null while it runs. */
	readonly ended: () => string | null;
	/** Ends it, and waits until it has gone. */
	stop(): Promise<void>;
}

const SCRIPT = fileURLToPath(new URL('./main.ts', import.meta.url));
const FROM_SOURCE = fileURLToPath(new URL('../../scripts/from-source.ts', import.meta.url));

/**
 * Starts one, and waits until it listens.
 * @throws Error with what it printed when it ends instead
 */
export function startServer(role: Role, id: string): Promise<ServerProcess> {
	const child = fork(SCRIPT, [role, id], {
		execArgv: ['--import', FROM_SOURCE],
		env: { ...process.env, NODE_ENV: 'production', NO_COLOR: '1' },
		stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
	});
	let said = '';
	const keep = (text: Buffer): void => {
		said = (said + text.toString()).slice(-4000);
		if (process.env.COMPAT_LOG !== undefined) process.stderr.write(`${role} ${id}: ${text.toString()}`);
	};
	child.stdout?.on('data', keep);
	child.stderr?.on('data', keep);
	const gone = new Promise<void>((resolve) => child.once('close', () => resolve()));
	return new Promise((resolve, reject) => {
		child.once('error', reject);
		void gone.then(() => reject(new Error(`the ${role} server of ${id} has ended: ${said}`)));
		child.once('message', ({ port }: { port: number }) => {
			const stop = async (): Promise<void> => {
				child.kill('SIGKILL');
				await gone;
			};
			resolve({ role, port, ended: () => (child.exitCode === null && child.signalCode === null ? null : said), stop });
		});
	});
}
