/** Chats behind the sessions of Hono and Express, and RPC beside them: what stands on its own pages. */
import { curl, type Feature, type Place } from '../feature.ts';

export const chat: Feature = {
	id: 'chat',
	routes: {},
	commands: (place) =>
		['hono', 'express'].map((site) => ({
			run: `${curl(place, 'si')} ${place.origin}/${site}/chat; ${curl(place, 'si')} -d name=ann ${place.origin}/${site}/login`,
			shows: `In ${site === 'hono' ? 'Hono' : 'Express'} who is not logged in gets the 401 of the middleware and no WebSocket; the login sets the cookie.`,
		})),
};

export const rpc: Feature = {
	id: 'rpc',
	routes: {},
	commands: (place) => [
		{
			run: `grpcurl ${place.secure ? '-insecure' : '-plaintext'} -import-path examples/showcase/sites -proto greeter.proto -d '{"name":"Ann"}' ${place.authority} showcase.Greeter/GreetOften`,
			shows: 'gRPC over HTTP/2, from the root of the repository: three messages, and the status in trailer fields.',
		},
		{
			run: connectCall(place),
			shows: 'The same service by Connect, as JSON.',
		},
	],
};

function connectCall(place: Place): string {
	return `${curl(place, 's')} --json '{"name":"Ann"}' ${place.origin}/showcase.Greeter/Greet`;
}
