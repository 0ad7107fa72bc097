export default defineEventHandler(async (event) => {
	setCookie(event, 'a', '1');
	setCookie(event, 'b', '2');
	return {
		url: getRequestURL(event).href,
		client: getRequestIP(event),
		type: getHeader(event, 'content-type'),
		length: (await readRawBody(event, false)).byteLength,
	};
});
