/** What the slow page waits for: a request that opens the gate. So the two halves of the page come when a test says so. */
let open;
let opened = new Promise((resolve) => {
	open = resolve;
});

export const whenOpened = () => opened;

export function openGate() {
	open('The gate is open.');
	opened = new Promise((resolve) => {
		open = resolve;
	});
}
