import { NextResponse } from 'next/server';

export async function POST(request) {
	const response = NextResponse.json({
		url: request.url,
		client: request.headers.get('x-forwarded-for'),
		type: request.headers.get('content-type'),
		length: (await request.arrayBuffer()).byteLength,
	});
	response.cookies.set('a', '1');
	response.cookies.set('b', '2');
	return response;
}
