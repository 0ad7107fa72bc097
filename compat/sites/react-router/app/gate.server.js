/** What the slow page waits for: a request that opens the gate. So the two halves of the page come when a test says so. */
let gate = Promise.withResolvers();

export const whenOpened = () => gate.promise;

export function openGate() {
	gate.resolve('The gate is open.');
	gate = Promise.withResolvers();
}
