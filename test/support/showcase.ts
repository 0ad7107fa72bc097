/** The showcase as `npm start` serves it, on free ports. */
import { Running } from './running.ts';

/** Where it listens. */
export interface Showcase {
	readonly plain: string;
	readonly tls: string;
	readonly run: Running;
}

/**
 * Starts it for the test that calls.
 * @param leaks the test goes through its accidents. One is a layout that wraps a tag, which is dead and goes out (ESC-14): the watch for
 *   tags, which comes by NODE_OPTIONS, would see it
 */
export async function showcase({ leaks = false }: { leaks?: boolean } = {}): Promise<Showcase> {
	const env = { PORT: '0', TLS_PORT: '0', ...(leaks ? { NODE_OPTIONS: '' } : {}) };
	const run = new Running('examples/showcase/start.ts', [], { env });
	const [, plain = ''] = await run.prints(/^ {2}(http:\S+)/m);
	const [, tls = ''] = await run.prints(/^ {2}(https:\S+)/m);
	await run.prints(/Ctrl\+C/);
	return { plain, tls, run };
}
