/** The legal order of an exchange's commands, in one table (RICH-12). */
import { Misuse } from '../wire/fault.ts';

/** Where the response of an exchange stands. */
export const Stage = {
	/** Nothing final has been sent; informational responses may have been. */
	HEAD: 0,
	/** `respond` has been called. */
	CONTENT: 1,
	/** `end` has been called. */
	ENDED: 2,
	/** `accept` has been called. */
	TUNNEL: 3,
	/** Our half of the tunnel has ended. */
	TUNNEL_ENDED: 4,
	/** The exchange is over: every command is inert (RICH-11). */
	CLOSED: 5,
} as const;

export type Stage = (typeof Stage)[keyof typeof Stage];

export const Command = { INFORM: 0, RESPOND: 1, WRITE: 2, END: 3, ACCEPT: 4, REFUSE: 5, PUSH: 6 } as const;

export type Command = (typeof Command)[keyof typeof Command];

const OK = 1;
const INERT = 2;
const MISUSE = 0;

//                 HEAD CONTENT ENDED TUNNEL T_ENDED CLOSED
const LEGAL = [
	/* inform  */ [OK, MISUSE, MISUSE, MISUSE, MISUSE, INERT],
	/* respond */ [OK, MISUSE, MISUSE, MISUSE, MISUSE, INERT],
	/* write   */ [MISUSE, OK, MISUSE, OK, MISUSE, INERT],
	/* end     */ [MISUSE, OK, MISUSE, OK, MISUSE, INERT],
	/* accept  */ [OK, MISUSE, MISUSE, MISUSE, MISUSE, INERT],
	/* refuse  */ [OK, MISUSE, MISUSE, MISUSE, MISUSE, INERT],
	/* push    */ [OK, OK, MISUSE, OK, MISUSE, INERT],
] as const;

const COMMANDS = ['inform', 'respond', 'write', 'end', 'accept', 'refuse', 'push'];
const STAGES = [
	'before respond or accept',
	'after respond',
	'after end',
	'after accept',
	'after the tunnel was ended',
	'after the exchange closed',
];

/**
 * Whether a command takes effect in a stage: true when it does, false when it is inert.
 * @throws Misuse when the command is out of order
 */
export function inOrder(command: Command, stage: Stage): boolean {
	const verdict = (LEGAL[command] as readonly number[])[stage];
	if (verdict === OK) return true;
	if (verdict === INERT) return false;
	throw new Misuse(
		'RICH-12',
		`${COMMANDS[command]} was called ${STAGES[stage]}: the order is inform* → respond → write* → end, or inform* → accept.`,
	);
}
