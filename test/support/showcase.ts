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
	const run = new Running('examples/showcase/start.ts', [], { env: { PORT: '0', TLS_PORT: '0' } });
	const [, plain = ''] = await run.prints(/^ {2}(http:\S+)/m);
	const [, tls = ''] = await run.prints(/^ {2}(https:\S+)/m);
	await run.prints(/Ctrl\+C/);
	return { plain, tls, run };
}
