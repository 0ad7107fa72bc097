/** Frames made in the output itself, where a tunnel of ours has room there: nothing is copied, and nothing kept. */
import { HEAD_MAX, writeFrame, writeLongAscii, writeText } from '../../engine/websocket/frame-writer.ts';
import type { LiveTunnel } from '../../rich/live-tunnel.ts';

/** From so many octets on, a payload that cannot be made there is sent from where it is. */
export const LARGE: number = 16 * 1024;

/** @returns what `write` would have returned; null when nothing was sent, for want of room */
export function sendText(tunnel: LiveTunnel, text: string): boolean | null {
	const isLong = text.length >= LARGE;
	const room = tunnel.claim(HEAD_MAX + (isLong ? text.length : 3 * text.length));
	if (room === null) return null;
	const start = room.at;
	if (!isLong) writeText(room, text);
	else if (!writeLongAscii(room, text)) return null;
	return tunnel.claimed(room.at - start);
}

/** The same, of a frame with this first octet. */
export function sendFrame(tunnel: LiveTunnel, first: number, payload: Uint8Array): boolean | null {
	const room = tunnel.claim(HEAD_MAX + payload.length);
	if (room === null) return null;
	const start = room.at;
	writeFrame(room, first, payload);
	return tunnel.claimed(room.at - start);
}
