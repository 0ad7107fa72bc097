/** The showcase: one rich application of many features, each in a file of its own. */
import { type RichApp, rich } from 'rsgi';
import type { Feature } from './feature.ts';
import { aborts } from './features/abort.ts';
import { connection } from './features/connection.ts';
import { earlyHints } from './features/early-hints.ts';
import { events } from './features/events.ts';
import { journey, watched } from './features/journey.ts';
import { priorities } from './features/priorities.ts';
import { push } from './features/push.ts';
import { range } from './features/range.ts';
import { chat, rpc } from './features/sites.ts';
import { trailers } from './features/trailers.ts';
import { PROTOCOL, tunnel } from './features/tunnel.ts';
import { upload } from './features/upload.ts';
import { type Elsewhere, pageRoutes } from './page.ts';
import { router } from './router.ts';
import { expressSite } from './sites/express.ts';
import { greeter } from './sites/greeter.ts';
import { honoSite } from './sites/hono.ts';

const FEATURES: readonly Feature[] = [
	journey,
	chat,
	rpc,
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
	const pages = router(Object.assign({}, pageRoutes(FEATURES, elsewhere), ...features), [PROTOCOL]);
	return watched(greeter(withSites(pages, { '/hono/': honoSite(), '/express/': expressSite() })));
}

/** Sites in frameworks, which have the paths below theirs; all else is for the pages. */
function withSites(pages: RichApp, sites: Readonly<Record<string, RichApp>>): RichApp {
	const entries = Object.entries(sites);
	const stop = async (): Promise<void> => {
		for (const [, site] of entries) await site.stop?.();
	};
	return rich((exchange) => (entries.find(([path]) => exchange.target.startsWith(path))?.[1] ?? pages)(exchange), {
		stop,
		protocols: [PROTOCOL, 'websocket'],
	});
}

const app: RichApp = showcase();

export default app;
