/** The showcase: one rich application of many features, each in a file of its own. */
import type { RichApp } from 'rsgi';
import type { Feature } from './feature.ts';
import { aborts } from './features/abort.ts';
import { connection } from './features/connection.ts';
import { earlyHints } from './features/early-hints.ts';
import { events } from './features/events.ts';
import { priorities } from './features/priorities.ts';
import { push } from './features/push.ts';
import { range } from './features/range.ts';
import { trailers } from './features/trailers.ts';
import { PROTOCOL, tunnel } from './features/tunnel.ts';
import { upload } from './features/upload.ts';
import { type Elsewhere, pageRoutes } from './page.ts';
import { router } from './router.ts';

const FEATURES: readonly Feature[] = [
	connection,
	upload,
	trailers,
	earlyHints,
	push,
	events,
	priorities,
	tunnel,
	range,
	aborts,
];

/** @param elsewhere where the same application is served besides; read at each request, so it may be filled in later */
export function showcase(elsewhere: Elsewhere = {}): RichApp {
	const features = FEATURES.map((feature) => feature.routes);
	return router(Object.assign({}, pageRoutes(FEATURES, elsewhere), ...features), [PROTOCOL]);
}

const app: RichApp = showcase();

export default app;
