/** What the demonstrations escape to: content, and behind it trailer fields, which no framework can send. */
import { type RichApp, rich, utf8 } from 'rsgi';

export const report: RichApp = rich((exchange) => {
	exchange.respond(200, ['content-type', 'text/plain; charset=utf-8', 'x-made-by', 'a rich application']);
	exchange.end(utf8('the report\n'), exchange.trailers ? ['x-rows', '1'] : []);
});
