/** What the head of a frame alone says against it: its size, and the stream that it is on (RFC 9113 §6). */
import { ErrorCode, type Fault } from '../../wire/fault.ts';
import { Flag, FrameType } from './frame.ts';
import { connectionFault } from './peer-fault.ts';
import { SETTING_SIZE } from './settings.ts';

/** A type of frame, as its head must be. */
interface Shape {
	readonly name: string;
	readonly rule: string;
	/** It belongs to a stream; otherwise to the connection. */
	readonly onStream: boolean;
	/** The least octets of payload, and the most. */
	readonly least: number;
	readonly most: number;
}

const ANY = Number.POSITIVE_INFINITY;

/** PRIORITY is missing its size: that is a fault of the stream alone (RFC 9113 §6.3). */
const SHAPES: Readonly<Record<number, Shape>> = {
	[FrameType.DATA]: { name: 'DATA', rule: 'RFC 9113 §6.1', onStream: true, least: 0, most: ANY },
	[FrameType.HEADERS]: { name: 'HEADERS', rule: 'RFC 9113 §6.2', onStream: true, least: 0, most: ANY },
	[FrameType.PRIORITY]: { name: 'PRIORITY', rule: 'RFC 9113 §6.3', onStream: true, least: 0, most: ANY },
	[FrameType.RST_STREAM]: { name: 'RST_STREAM', rule: 'RFC 9113 §6.4', onStream: true, least: 4, most: 4 },
	[FrameType.SETTINGS]: { name: 'SETTINGS', rule: 'RFC 9113 §6.5', onStream: false, least: 0, most: ANY },
	[FrameType.PING]: { name: 'PING', rule: 'RFC 9113 §6.7', onStream: false, least: 8, most: 8 },
	[FrameType.GOAWAY]: { name: 'GOAWAY', rule: 'RFC 9113 §6.8', onStream: false, least: 8, most: ANY },
	[FrameType.PRIORITY_UPDATE]: { name: 'PRIORITY_UPDATE', rule: 'RFC 9218 §7.1', onStream: false, least: 4, most: ANY },
};

/** The fault of a frame's head, or null. The limit of SETTINGS_MAX_FRAME_SIZE has been checked before. */
export function frameSizeFault(type: number, flags: number, stream: number, length: number): Fault | null {
	if (type === FrameType.WINDOW_UPDATE) return length === 4 ? null : size('RFC 9113 §6.9', 'WINDOW_UPDATE');
	const shape = SHAPES[type];
	if (shape === undefined) return null;
	const { name, rule } = shape;
	if (shape.onStream !== (stream !== 0)) {
		const place = stream === 0 ? 'the connection' : 'a stream';
		return connectionFault(ErrorCode.PROTOCOL_ERROR, rule, `${name} came on ${place}`);
	}
	if (length < shape.least || length > shape.most) return size(rule, name);
	if (type === FrameType.SETTINGS) {
		if ((flags & Flag.ACK) !== 0 ? length !== 0 : length % SETTING_SIZE !== 0) return size(rule, name);
	} else if (type === FrameType.HEADERS) {
		const least = ((flags & Flag.PADDED) !== 0 ? 1 : 0) + ((flags & Flag.PRIORITY) !== 0 ? 5 : 0);
		if (length < least) return size(rule, name);
	}
	return null;
}

function size(rule: string, name: string): Fault {
	return connectionFault(ErrorCode.FRAME_SIZE_ERROR, rule, `${name} has a size that it cannot have`);
}
