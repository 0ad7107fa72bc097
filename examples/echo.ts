/** Sends back what comes while it comes: both directions of one exchange at once, with backpressure both ways. */
import { duplex, type RichApp, rich } from 'rsgi';

const echo: RichApp = rich(async (exchange) => {
	const { content, write, end } = duplex(exchange);
	const type = exchange.fields.first('content-type') ?? 'application/octet-stream';
	exchange.respond(200, ['content-type', type]);
	// Nothing is read before the last write has room: a client that does not read its echo is soon not read either.
	for await (const chunk of content) await write(chunk);
	end();
});

export default echo;
