/** The frames of the connection for escapes (spec/wsgi-channel.md §6). */
export const EscapeFrame = {
	REGISTER: 0x30,
	PLACED: 0x31,
	REFUSED: 0x32,
	DISCARDED: 0x33,
	RUN: 0x34,
	COMMAND: 0x35,
	DATA: 0x36,
	EVENT: 0x37,
	TAKEN: 0x38,
} as const;

/** The data is a message of text. */
export const TEXT = 0x40;

/** So much may be on its way to the application, in octets, before the client is slowed down. */
export const AHEAD_MAX: number = 64 * 1024;
/** A worker that has sent so much more than was taken does not keep to the channel. */
export const HELD_MAX: number = 16 * 1024 * 1024;

/** What a command or an event consists of: its name, and what goes with it. */
export type Words = readonly unknown[];
