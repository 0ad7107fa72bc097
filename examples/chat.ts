/** A chat over WebSockets: names by the query, rooms by the path. `npx rsgi serve examples/chat.ts`, then any client. */
import { type WebSocketApp, websocket } from 'rsgi/websocket';

const app: WebSocketApp = websocket<{ name: string; room: string }>(
	{
		upgrade(exchange) {
			const { pathname, searchParams } = new URL(exchange.target, 'http://localhost');
			const name = searchParams.get('name');
			if (name !== null && name !== '') return { data: { name, room: pathname } };
			exchange.respond(400, ['content-type', 'text/plain']);
			exchange.end(new TextEncoder().encode('Say who you are: ?name=…\n'));
			return;
		},
		open(socket) {
			const { name, room } = socket.data;
			socket.publish(room, `${name} is here`);
			socket.subscribe(room);
		},
		message(socket, message) {
			if (typeof message === 'string') socket.publish(socket.data.room, `${socket.data.name}: ${message}`);
			else socket.close(1003, 'text, please');
		},
		close(socket) {
			socket.publish(socket.data.room, `${socket.data.name} has left`);
		},
	},
	{ compression: true },
);

export default app;
