/** Sockets that listen already when the process starts: systemd's protocol of socket activation (sd_listen_fds(3)). */

/** The first descriptor that is passed on. */
const FIRST = 3;

/** What systemd says, as far as it concerns this. */
export interface ActivationEnvironment {
	readonly LISTEN_PID?: string | undefined;
	readonly LISTEN_FDS?: string | undefined;
	readonly LISTEN_FDNAMES?: string | undefined;
}

/** The descriptors that were passed on to this process, by their names; those without a name are `unknown`, as systemd has it. */
export function inheritedSockets(
	env: ActivationEnvironment,
	pid: number,
): readonly { readonly name: string; readonly fd: number }[] {
	// What was meant for another process, which passed its environment on, is not ours.
	if (env.LISTEN_PID !== String(pid) || !/^\d{1,3}$/.test(env.LISTEN_FDS ?? '')) return [];
	const names = (env.LISTEN_FDNAMES ?? '').split(':');
	return Array.from({ length: Number(env.LISTEN_FDS) }, (_, at) => ({ name: names[at] || 'unknown', fd: FIRST + at }));
}
