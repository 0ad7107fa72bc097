export async function POST({ request, clientAddress, cookies }) {
	cookies.set('a', '1');
	cookies.set('b', '2');
	return Response.json({
		url: request.url,
		client: clientAddress,
		type: request.headers.get('content-type'),
		length: (await request.arrayBuffer()).byteLength,
	});
}
