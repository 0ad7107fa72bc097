/** A server of WebSockets in a process of its own, for its memory. */
import { serve } from 'rsgi';
import { topics, websocket } from 'rsgi/websocket';

const all = topics();
const app = websocket({ open: (socket) => socket.subscribe('all') }, { topics: all, pingEvery: 0, idle: 0 });

process.on('message', async (what) => {
	if (what === 'serve') {
		process.send?.((await serve(app)).url);
	} else if (what === 'memory') {
		// What goes on in the background is over, and the garbage of it gone.
		for (let round = 0; round < 5; round++) {
			globalThis.gc?.();
			await new Promise((resolve) => setTimeout(resolve, 200));
		}
		process.send?.(process.memoryUsage().rss);
	} else if (what === 'publish') {
		all.publish('all', 'hello');
		process.send?.('published');
	} else {
		process.send?.(app.size);
	}
});
