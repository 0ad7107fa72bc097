/**
 * The memory of the server, one for all bundles of it: what has been written, and the gate that the slow page waits for, which a
 * request opens. So the parts of that page come when a test says so.
 */
globalThis.site ??= { notes: ['the first note'], gate: Promise.withResolvers() };
const { site } = globalThis;

export const notes = () => site.notes;

export const whenOpened = () => site.gate.promise;

export function openGate() {
	site.gate.resolve('The gate is open.');
	site.gate = Promise.withResolvers();
}
