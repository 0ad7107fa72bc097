/** All that a server may be asked for in one application: the rich routes, escapes from each layer, WebSockets, events, Python. */
import { fileURLToPath } from 'node:url';
import { type Exchange, type RichApp, rich, utf8 } from 'rsgi';
import { fetchToRich, gatewayToRich, nodeToRich, underGateway } from 'rsgi/adapters';
import { escape } from 'rsgi/escape';
import { eventStream } from 'rsgi/events';
import { fetch as fetchApp } from 'rsgi/fetch';
import { node } from 'rsgi/node';
import { websocket } from 'rsgi/websocket';
import { wsgi } from 'rsgi/wsgi';

const escaped = rich((exchange: Exchange) => {
	exchange.respond(200, ['content-type', 'text/plain']);
	exchange.write(utf8('escaped '));
	exchange.end(utf8('content'));
});

const sockets = websocket({ message: (socket, message) => void socket.send(message) }, { pingEvery: 0 });

/** Its workers begin with it: `start` and `stop` are those of Python. */
export function mixedApp(routes: RichApp): RichApp {
	const python = wsgi('probe', {
		python: '/usr/bin/python3',
		chdir: fileURLToPath(new URL('../wsgi/apps/', import.meta.url)),
		workers: 2,
		threads: 2,
		log: () => {},
		env: { PYTHONDONTWRITEBYTECODE: '1', TOLD: '/nonexistent' },
	});
	const pythonApp = gatewayToRich(python);
	const paths: Readonly<Record<string, RichApp>> = {
		'/socket': sockets,
		'/events': rich((exchange) => {
			const stream = eventStream(exchange);
			for (let event = 0; event < 20; event++) stream.send({ data: `event ${event}` });
			// Some clients leave before it ends.
			setTimeout(() => stream.close(), 20).unref();
		}),
		'/escape/fetch': fetchToRich(fetchApp((request) => escape(request, escaped))),
		'/escape/socket': fetchToRich(fetchApp((request) => escape(request, sockets))),
		'/escape/node': nodeToRich(node((request, response) => void escape(request, response, escaped))),
		'/escape/gateway': gatewayToRich(underGateway(escaped)),
		// Middleware answers something else: what was registered is discarded.
		'/escape/denied': fetchToRich(
			fetchApp((request) => {
				escape(request, escaped);
				return new Response('denied', { status: 403 });
			}),
		),
	};
	return rich(
		(exchange) => {
			const [path = ''] = exchange.target.split('?');
			if (path.startsWith('/python')) return pythonApp(exchange);
			return (paths[path] ?? routes)(exchange);
		},
		{
			protocols: [...new Set([...(routes.protocols ?? []), 'websocket'])],
			start: () => pythonApp.start?.(),
			stop: () => pythonApp.stop?.(),
		},
	);
}
