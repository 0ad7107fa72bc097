import { whenOpened } from '../gate.js';

export default () =>
	new Response(
		new ReadableStream({
			async start(controller) {
				controller.enqueue(new TextEncoder().encode('waiting\n'));
				controller.enqueue(new TextEncoder().encode(`${await whenOpened()}\n`));
				controller.close();
			},
		}),
		{ headers: { 'content-type': 'text/plain; charset=utf-8' } },
	);
