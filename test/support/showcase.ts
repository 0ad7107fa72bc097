/** The showcase as `npm start` serves it, on free ports. */
import { Running } from './running.ts';

/** Where it listens. */
export interface Showcase {
	readonly plain: string;
	readonly tls: string;
	readonly run: Running;
}

/** Starts it for the test that calls. */
export async function showcase(): Promise<Showcase> {
	// One of its accidents is a layout that wraps a tag, which is dead and goes out (ESC-14): the watch for tags would see it.
	const env = { PORT: '0', TLS_PORT: '0', NODE_OPTIONS: '' };
	const run = new Running('examples/showcase/start.ts', [], { env });
	const [, plain = ''] = await run.prints(/^ {2}(http:\S+)/m);
	const [, tls = ''] = await run.prints(/^ {2}(https:\S+)/m);
	await run.prints(/Ctrl\+C/);
	return { plain, tls, run };
}
