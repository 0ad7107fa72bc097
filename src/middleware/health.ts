/** Health and readiness: what load balancers and orchestrators ask for. */
import { type RichApp, type RichMiddleware, requireRich, rich } from '../rich/app.ts';
import { Misuse } from '../wire/fault.ts';

/** What is answered, and where. */
export interface HealthOptions {
	/** The path that says whether the process serves, as `/health`. */
	readonly path: string;
	/** Whether requests are wanted: false while the server drains, or its database is away. Always true by default. */
	readonly ready?: () => boolean;
}

const ENCODER = new TextEncoder();
const ALIVE = ENCODER.encode('{"status":"pass"}\n');
const AWAY = ENCODER.encode('{"status":"fail","output":"not ready: no new requests are wanted"}\n');

/**
 * Answers GET and HEAD of `path` by 200, and of `path/ready` by 200 or, while it is not ready, 503; all else goes to the application.
 *
 * @throws Misuse for options that make no sense, and for what is no rich application (MW-1)
 * @example
 * import { health } from 'rsgi/middleware/health';
 * export default health({ path: '/health', ready: () => database.connected })(app);
 */
export function health({ path, ready = () => true }: HealthOptions): RichMiddleware {
	if (!/^\/[^?#]*$/.test(path)) throw new Misuse('MW-1', `path is a path, as /health, not ${JSON.stringify(path)}.`);
	const readiness = `${path.replace(/\/$/, '')}/ready`;
	return (app: RichApp): RichApp => {
		requireRich(app, 'health()');
		return rich((exchange) => {
			const { method, target } = exchange;
			if ((target !== path && target !== readiness) || (method !== 'GET' && method !== 'HEAD')) return app(exchange);
			const good = target === path || ready();
			exchange.respond(good ? 200 : 503, ['content-type', 'application/health+json', 'cache-control', 'no-store']);
			exchange.end(good ? ALIVE : AWAY);
		}, app);
	};
}
