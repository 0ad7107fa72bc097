import { type RichApp, rich, utf8 } from 'rsgi';

const hello: RichApp = rich((exchange) => {
	exchange.respond(200, ['content-type', 'text/plain']);
	exchange.end(utf8('hello, world\n'));
});

export default hello;
