import { openGate } from '../gate.js';

export default () => {
	openGate();
	return new Response(null, { status: 204 });
};
