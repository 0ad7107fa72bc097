/** A chat room as a rich application: who is let in, and under which name, is for the middleware above the escape to say. */
import { randomUUID } from 'node:crypto';
import type { RichApp } from 'rsgi';
import { topics, websocket } from 'rsgi/websocket';

const LONGEST = 500;
const rooms = topics();

/** The room of a site, for a member of that name: a handler escapes to it. */
export function chatRoom(room: string, name: string): RichApp {
	const say = (kind: string, text: string): void =>
		rooms.publish(room, JSON.stringify({ kind, name, text, id: randomUUID() }));
	return websocket(
		{
			open(socket) {
				socket.subscribe(room);
				const { httpVersion } = socket.exchange;
				socket.send(JSON.stringify({ kind: 'welcome', name, text: `HTTP/${httpVersion}` }));
				say('came', '');
			},
			message(socket, message) {
				if (typeof message === 'string') say('said', message.slice(0, LONGEST));
				else socket.close(1003, 'text, please');
			},
			close: () => say('left', ''),
		},
		{ topics: rooms },
	);
}
