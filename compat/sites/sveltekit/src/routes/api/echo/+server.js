import { json } from '@sveltejs/kit';

export async function POST({ request, url, getClientAddress, cookies }) {
	cookies.set('a', '1');
	cookies.set('b', '2');
	return json({
		url: url.href,
		client: getClientAddress(),
		type: request.headers.get('content-type'),
		length: (await request.arrayBuffer()).byteLength,
	});
}
