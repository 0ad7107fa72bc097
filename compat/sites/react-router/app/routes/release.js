import { openGate } from '../gate.server.js';

export function action() {
	openGate();
	return new Response(null, { status: 204 });
}
