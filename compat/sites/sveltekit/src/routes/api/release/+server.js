import { openGate } from '../../../server/gate.js';

export function POST() {
	openGate();
	return new Response(null, { status: 204 });
}
