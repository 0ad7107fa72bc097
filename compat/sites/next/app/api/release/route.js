import { openGate } from '../../memory.js';

export function POST() {
	openGate();
	return new Response(null, { status: 204 });
}
