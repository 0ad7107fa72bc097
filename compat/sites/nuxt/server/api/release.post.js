export default defineEventHandler((event) => {
	openGate();
	return sendNoContent(event);
});
