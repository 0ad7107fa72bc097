/** SETTINGS (RFC 9113 §6.5): the peer's, checked one by one, and ours, as they are announced. */
import { ErrorCode, type Fault } from '../../wire/fault.ts';
import type { Output } from '../../wire/output.ts';
import {
	FRAME_HEAD,
	FRAME_SIZE,
	FRAME_SIZE_MAX,
	FrameType,
	putFrameHead,
	Setting,
	TABLE_DEFAULT,
	WINDOW_DEFAULT,
	WINDOW_MAX,
} from './frame.ts';
import type { Http2Limits } from './limits.ts';
import { connectionFault } from './peer-fault.ts';

/** Octets of one setting: identifier and value (RFC 9113 §6.5.1). */
export const SETTING_SIZE = 6;

/** What the client has told us; the defaults until it does. */
export class PeerSettings {
	headerTableSize: number = TABLE_DEFAULT;
	/** Whether the client takes pushes. */
	enablePush = true;
	/** How many pushed streams it takes at a time. */
	maxConcurrentStreams = 0xffffffff;
	initialWindowSize: number = WINDOW_DEFAULT;
	maxFrameSize: number = FRAME_SIZE;
	/** Advisory (RFC 9113 §6.5.2): what the client would rather not see passed by a field section. */
	maxHeaderListSize = 0xffffffff;
	/** Whether the client says that it sends no RFC 7540 priorities (RFC 9218 §2.1). We heed none in any case. */
	noRfc7540Priorities = false;
	/** The first SETTINGS frame has been applied. */
	settled = false;

	/** Checks and stores one setting. Identifiers that are unknown, or mean nothing from a client, are passed over. */
	apply(id: number, value: number): Fault | null {
		switch (id) {
			case Setting.HEADER_TABLE_SIZE:
				this.headerTableSize = value;
				return null;
			case Setting.ENABLE_PUSH:
				if (value > 1) return unlikely('RFC 9113 §6.5.2', 'SETTINGS_ENABLE_PUSH is neither 0 nor 1');
				this.enablePush = value === 1;
				return null;
			case Setting.MAX_CONCURRENT_STREAMS:
				this.maxConcurrentStreams = value;
				return null;
			case Setting.INITIAL_WINDOW_SIZE:
				if (value > WINDOW_MAX) {
					return connectionFault(
						ErrorCode.FLOW_CONTROL_ERROR,
						'RFC 9113 §6.5.2',
						'SETTINGS_INITIAL_WINDOW_SIZE is above 2^31-1',
					);
				}
				this.initialWindowSize = value;
				return null;
			case Setting.MAX_FRAME_SIZE:
				if (value < FRAME_SIZE || value > FRAME_SIZE_MAX) {
					return unlikely('RFC 9113 §6.5.2', 'SETTINGS_MAX_FRAME_SIZE is not between 2^14 and 2^24-1');
				}
				this.maxFrameSize = value;
				return null;
			case Setting.MAX_HEADER_LIST_SIZE:
				this.maxHeaderListSize = value;
				return null;
			case Setting.NO_RFC7540_PRIORITIES:
				return this.#priorities(value);
			default:
				return null;
		}
	}

	#priorities(value: number): Fault | null {
		if (value > 1) return unlikely('RFC 9218 §2.1', 'SETTINGS_NO_RFC7540_PRIORITIES is neither 0 nor 1');
		if (this.settled && (value === 1) !== this.noRfc7540Priorities) {
			return unlikely('RFC 9218 §2.1', 'SETTINGS_NO_RFC7540_PRIORITIES changed after the first SETTINGS frame');
		}
		this.noRfc7540Priorities = value === 1;
		return null;
	}
}

function unlikely(rule: string, message: string): Fault {
	return connectionFault(ErrorCode.PROTOCOL_ERROR, rule, message);
}

/** Writes our SETTINGS frame. SETTINGS_ENABLE_PUSH is for clients to send, so it is left out. */
export function putSettings(out: Output, limits: Http2Limits, extendedConnect: boolean): void {
	const settings: number[] = [];
	if (limits.headerTableSize !== TABLE_DEFAULT) settings.push(Setting.HEADER_TABLE_SIZE, limits.headerTableSize);
	settings.push(Setting.MAX_CONCURRENT_STREAMS, limits.concurrentStreams);
	settings.push(Setting.INITIAL_WINDOW_SIZE, limits.streamWindow);
	settings.push(Setting.MAX_HEADER_LIST_SIZE, limits.fieldSectionSize);
	if (extendedConnect) settings.push(Setting.ENABLE_CONNECT_PROTOCOL, 1);
	settings.push(Setting.NO_RFC7540_PRIORITIES, 1);
	const length = (settings.length >> 1) * SETTING_SIZE;
	out.reserve(FRAME_HEAD + length);
	putFrameHead(out, length, FrameType.SETTINGS, 0, 0);
	for (let i = 0; i < settings.length; i += 2) {
		out.u16(settings[i] as number);
		out.u32(settings[i + 1] as number);
	}
}

/** Limits as the protocol can say them: whole, and within what a setting or a window holds. */
export function expressible(limits: Http2Limits): Http2Limits {
	return {
		...limits,
		concurrentStreams: whole(limits.concurrentStreams, 0, 0xffffffff),
		fieldSectionSize: whole(limits.fieldSectionSize, 0, 0xffffffff),
		headerTableSize: whole(limits.headerTableSize, 0, 0xffffffff),
		streamWindow: whole(limits.streamWindow, 0, WINDOW_MAX),
		streamWindowMax: whole(limits.streamWindowMax, 0, WINDOW_MAX),
		// A connection's window cannot be made smaller than it is at first (RFC 9113 §6.9.2).
		connectionWindow: whole(limits.connectionWindow, WINDOW_DEFAULT, WINDOW_MAX),
	};
}

function whole(value: number, least: number, most: number): number {
	return Math.floor(Math.min(most, Math.max(least, value)));
}
