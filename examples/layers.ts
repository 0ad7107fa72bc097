/** Middleware, and two layers: a WSGI application and a rich one side by side, below what every site needs. */
import { type RichApp, rich, utf8 } from 'rsgi';
import { gatewayToRich } from 'rsgi/adapters';
import { eventStream } from 'rsgi/events';
import { bytes, encodeUtf8, lite, octets } from 'rsgi/gateway';
import { accessLog } from 'rsgi/middleware/access-log';
import { cleanFields } from 'rsgi/middleware/clean-fields';
import { compression } from 'rsgi/middleware/compression';
import { errorPages } from 'rsgi/middleware/error-pages';
import { mount } from 'rsgi/middleware/mount';
import { mountRich } from 'rsgi/middleware/mount-rich';
import { requestIds } from 'rsgi/middleware/request-ids';
import { staticFiles } from 'rsgi/middleware/static-files';

const TEXT = [[bytes('Content-Type'), bytes('text/plain; charset=utf-8')]] as const;

/** The bytes layer, in its lite form: it sees SCRIPT_NAME and PATH_INFO, and the request's id as any field. */
const where = lite((environ) => [
	bytes('200 OK'),
	TEXT,
	[octets(bytes`${environ.SCRIPT_NAME} + ${environ.PATH_INFO}, request ${environ.HTTP_X_REQUEST_ID ?? bytes('?')}\n`)],
]);

const poem = lite(() => [bytes('200 OK'), TEXT, [octets(encodeUtf8('Ein Gedicht über Schichten.\n'.repeat(100)))]]);

const broken = lite(() => {
	throw new Error('this page is <broken>', { cause: new Error('on purpose') });
});

/** The rich layer: events leave at once, although they are compressed. */
const clock = rich((exchange) => {
	const stream = eventStream(exchange);
	const timer = setInterval(() => stream.send({ data: new Date().toISOString() }), 1000);
	void stream.closed.then(() => clearInterval(timer));
});

const home = rich((exchange) => {
	if (exchange.target !== '/') {
		exchange.respond(404, ['content-type', 'text/plain']);
		exchange.end(utf8('Not Found\n'));
		return;
	}
	exchange.respond(200, ['content-type', 'text/plain']);
	exchange.end(utf8('/app/where/am/i  /app/poem  /app/broken  /clock  /page/style.css\n'));
});

const site = mountRich({
	'/': home,
	'/clock': clock,
	// One adapter for all of these: what is below it is of the bytes layer, and so is its middleware.
	'/app': gatewayToRich(mount({ '/app': mount({ '/where': where, '/poem': poem, '/broken': broken }) })),
});

const files = staticFiles(new URL('showcase/page', import.meta.url), { prefix: '/page' });

// Read from the inside: what stands lower is nearer to the client.
let app: RichApp = files(site);
app = errorPages({ development: true })(app);
app = compression()(app);
app = accessLog({ to: process.stdout })(app);
app = requestIds()(app);
app = cleanFields()(app);

export default app;
