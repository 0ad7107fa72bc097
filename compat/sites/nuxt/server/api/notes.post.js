export default defineEventHandler(async (event) => {
	const { text } = await readBody(event);
	if (typeof text !== 'string' || text.trim() === '') {
		throw createError({ statusCode: 400, statusMessage: 'A note has text.' });
	}
	notes.push(text.trim());
	return notes;
});
