export async function action({ request }) {
	const headers = new Headers();
	headers.append('set-cookie', 'a=1; Path=/');
	headers.append('set-cookie', 'b=2; Path=/');
	return Response.json(
		{
			url: request.url,
			type: request.headers.get('content-type'),
			length: (await request.arrayBuffer()).byteLength,
		},
		{ headers },
	);
}
