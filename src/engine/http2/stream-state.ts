/** The states of a stream (RFC 9113 §5.1), what moves it from one to the next, and which frames each of them takes. */
import { FrameType } from './frame.ts';

/** The states, as a server sees them. Reserved (remote) is missing: clients cannot push. */
export const StreamState = {
	IDLE: 0,
	/** Promised by us, not yet answered. */
	RESERVED: 1,
	OPEN: 2,
	/** We have ended our half. */
	HALF_CLOSED_LOCAL: 3,
	/** The peer has ended its half. */
	HALF_CLOSED_REMOTE: 4,
	CLOSED: 5,
} as const;
export type StreamState = (typeof StreamState)[keyof typeof StreamState];

/** What moves a stream. */
export const StreamEvent = {
	/** HEADERS from the peer. */
	REQUEST: 0,
	/** END_STREAM from the peer. */
	PEER_END: 1,
	/** PUSH_PROMISE from us. */
	PROMISE: 2,
	/** HEADERS from us. */
	RESPONSE: 3,
	/** END_STREAM from us. */
	OUR_END: 4,
	/** RST_STREAM from either side. */
	RESET: 5,
} as const;
export type StreamEvent = (typeof StreamEvent)[keyof typeof StreamEvent];

const { IDLE, RESERVED, OPEN, HALF_CLOSED_LOCAL, HALF_CLOSED_REMOTE, CLOSED } = StreamState;

/** The next state, by event and state; the same state where an event does not move it. */
const NEXT: readonly (readonly StreamState[])[] = [
	// IDLE, RESERVED, OPEN, HALF_CLOSED_LOCAL, HALF_CLOSED_REMOTE, CLOSED
	[OPEN, RESERVED, OPEN, HALF_CLOSED_LOCAL, HALF_CLOSED_REMOTE, CLOSED], // REQUEST
	[IDLE, RESERVED, HALF_CLOSED_REMOTE, CLOSED, HALF_CLOSED_REMOTE, CLOSED], // PEER_END
	[RESERVED, RESERVED, OPEN, HALF_CLOSED_LOCAL, HALF_CLOSED_REMOTE, CLOSED], // PROMISE
	[IDLE, HALF_CLOSED_REMOTE, OPEN, HALF_CLOSED_LOCAL, HALF_CLOSED_REMOTE, CLOSED], // RESPONSE
	[IDLE, CLOSED, HALF_CLOSED_LOCAL, HALF_CLOSED_LOCAL, CLOSED, CLOSED], // OUR_END
	[IDLE, CLOSED, CLOSED, CLOSED, CLOSED, CLOSED], // RESET
];

/** Where the event leads from the state. */
export function nextState(state: StreamState, event: StreamEvent): StreamState {
	return (NEXT[event] as readonly StreamState[])[state] as StreamState;
}

/** What becomes of a frame that comes in a state. */
export const Verdict = {
	TAKE: 0,
	/** It may have been sent before the peer knew: it is dropped, and counted. */
	IGNORE: 1,
	/** STREAM_CLOSED, on the stream. */
	STREAM_CLOSED: 2,
	/** STREAM_CLOSED, on the connection: nobody can send this by accident. */
	CONNECTION_CLOSED: 3,
	/** PROTOCOL_ERROR, on the connection. */
	PROTOCOL_ERROR: 4,
} as const;
export type Verdict = (typeof Verdict)[keyof typeof Verdict];

const { TAKE, IGNORE, STREAM_CLOSED, CONNECTION_CLOSED, PROTOCOL_ERROR } = Verdict;

/** By frame type and state; closed here is closed for both sides, not reset by us. */
const VERDICTS: Readonly<Record<number, readonly Verdict[]>> = {
	// IDLE, RESERVED, OPEN, HALF_CLOSED_LOCAL, HALF_CLOSED_REMOTE, CLOSED
	[FrameType.DATA]: [PROTOCOL_ERROR, PROTOCOL_ERROR, TAKE, TAKE, STREAM_CLOSED, CONNECTION_CLOSED],
	[FrameType.HEADERS]: [TAKE, PROTOCOL_ERROR, TAKE, TAKE, STREAM_CLOSED, CONNECTION_CLOSED],
	[FrameType.RST_STREAM]: [PROTOCOL_ERROR, TAKE, TAKE, TAKE, TAKE, IGNORE],
	[FrameType.WINDOW_UPDATE]: [PROTOCOL_ERROR, TAKE, TAKE, TAKE, TAKE, IGNORE],
};

/** What becomes of DATA, HEADERS, RST_STREAM or WINDOW_UPDATE in that state (RFC 9113 §5.1). */
export function verdict(type: number, state: StreamState): Verdict {
	return (VERDICTS[type] as readonly Verdict[])[state] as Verdict;
}
