export default defineEventHandler(
	() =>
		new ReadableStream({
			async start(controller) {
				controller.enqueue(new TextEncoder().encode('waiting\n'));
				controller.enqueue(new TextEncoder().encode(`${await whenOpened()}\n`));
				controller.close();
			},
		}),
);
