/** What is escaped to: one rich application for each thing that no framework can say. */
import { type RichApp, rich, utf8 } from 'rsgi';
import { associated } from 'rsgi/associated';
import { connect } from 'rsgi/connect';
import { eventStream } from 'rsgi/events';
import { trailers } from 'rsgi/trailers';
import { websocket } from 'rsgi/websocket';
import { echoService } from '../../support/rpc/echo-service.ts';

/** The targets, by the last part of their path. */
export const TARGETS: Readonly<Record<string, RichApp>> = {
	trailers: trailers(
		async function* () {
			yield utf8('counted');
			return ['x-count', '7'];
		},
		{ fields: ['content-type', 'text/plain'] },
	),
	associated: associated([{ target: '/style.css', as: 'style' }], {
		pushed: rich((exchange) => {
			exchange.respond(200, ['content-type', 'text/css']);
			exchange.end(utf8('body{}'));
		}),
	})(
		rich((exchange) => {
			exchange.respond(200, ['content-type', 'text/html']);
			exchange.end(utf8('<p>styled'));
		}),
	),
	socket: websocket({
		message(socket, message) {
			const { exchange } = socket;
			socket.send(`${exchange.method} ${exchange.protocol} of HTTP/${exchange.httpVersion}: ${message}`);
		},
	}),
	events: rich((exchange) => {
		const stream = eventStream(exchange);
		stream.send({ data: 'one' });
		stream.send({ data: 'two' });
		stream.close();
	}),
};

/** The procedures of gRPC, whose paths are their own. */
export const RPC: RichApp = connect((router) => {
	router.service(echoService(), {
		unary: ({ text }: { readonly text: string }) => ({ text: text.toUpperCase() }),
	} as never);
});

/** A page that is not sent before its style sheet has been asked for: which only who acts on Early Hints does. Both are escaped to. */
export function hintedPage(): Readonly<Record<string, RichApp>> {
	const asked = Promise.withResolvers<void>();
	const style = rich((exchange) => {
		exchange.respond(200, ['content-type', 'text/css']);
		exchange.end(utf8('body{}'));
		asked.resolve();
	});
	const page = rich(async (exchange) => {
		await asked.promise;
		exchange.respond(200, ['content-type', 'text/html']);
		exchange.end(utf8('<p>hinted'));
	});
	return { '/to/hinted': associated([{ target: '/hinted.css', as: 'style' }])(page), '/hinted.css': style };
}
