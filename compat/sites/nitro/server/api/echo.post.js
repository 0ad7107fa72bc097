import { defineHandler } from 'nitro';
import { getRequestIP, setCookie } from 'nitro/h3';

export default defineHandler(async (event) => {
	setCookie(event, 'a', '1');
	setCookie(event, 'b', '2');
	return {
		url: event.url.href,
		client: getRequestIP(event),
		type: event.req.headers.get('content-type'),
		length: (await event.req.arrayBuffer()).byteLength,
	};
});
