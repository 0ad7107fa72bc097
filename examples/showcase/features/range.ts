/** Files: ranges and conditional requests, read no faster than the client takes them. */
import { sendFile } from 'rsgi/files';
import { curl, type Feature, type Route } from '../feature.ts';

/** A thousand lines of ten bytes, `line 0000` to `line 0999`: any part of it says where it comes from. */
const NUMBERS = new URL('../page/numbers.txt', import.meta.url);

const file: Route = (exchange) => sendFile(exchange, NUMBERS, { fields: ['cache-control', 'no-cache'] });

export const range: Feature = {
	id: 'range',
	routes: { 'GET /numbers.txt': file },
	commands: (place) => [
		{
			run: `${curl(place, 'si')} -r 1230-1249 ${place.origin}/numbers.txt`,
			shows: '206 with lines 123 and 124, and nothing else.',
		},
		{
			run: `${curl(place, 'si')} -r 0-9,-10 ${place.origin}/numbers.txt`,
			shows: 'The first line and the last one, as multipart/byteranges.',
		},
		{
			run: `${curl(place, 'si')} -z 'Fri, 31 Dec 2100 00:00:00 GMT' ${place.origin}/numbers.txt`,
			shows: '304: not modified since then.',
		},
	],
};
