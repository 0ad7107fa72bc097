/** What the supervisor and its workers tell each other. A connection comes as a handle beside its message. */
import type { Address } from '../../rich/connection-facts.ts';
import type { ServeLine } from '../command-line.ts';
import type { ProcessLook } from '../inspect/look.ts';
import type { WantedCertificates } from '../tls-pair.ts';

/** What a worker is told. */
export type ToWorker =
	/** First: what to serve. */
	| {
			readonly what: 'begin';
			readonly line: ServeLine;
			readonly certificates: WantedCertificates | null;
			readonly ticketKeys: Uint8Array;
			/** It is to tell which files it loads. */
			readonly tellsFiles: boolean;
	  }
	/** Where it is listened; before the first connection. */
	| { readonly what: 'address'; readonly address: Address }
	| { readonly what: 'connection' }
	| { readonly what: 'certificates'; readonly certificates: WantedCertificates }
	| { readonly what: 'reopen' }
	/** Is it still there? */
	| { readonly what: 'ping' }
	/** The metrics of this worker are wanted, or those of all are there. */
	| { readonly what: 'metrics?'; readonly id: number }
	| { readonly what: 'metrics'; readonly id: number; readonly all: readonly unknown[] }
	/** Somebody looks on, or nobody does any more. */
	| { readonly what: 'inspect'; readonly on: boolean }
	/** To let what is open end, and go. */
	| { readonly what: 'drain'; readonly patience: number };

/** What a worker tells. */
export type FromWorker =
	| { readonly what: 'ready' }
	/** It has the connection that was handed to it first of those that it has not told of. */
	| { readonly what: 'taken' }
	/** It cannot serve the application; the message is for people. */
	| { readonly what: 'failed'; readonly message: string; readonly exitCode: number }
	| { readonly what: 'file'; readonly path: string }
	| { readonly what: 'pong'; readonly connections: number }
	/** The metrics of all workers are wanted, or its own are there. */
	| { readonly what: 'metrics?'; readonly id: number }
	| { readonly what: 'metrics'; readonly id: number; readonly own: unknown }
	/** It is about to end, and has counted this. */
	| { readonly what: 'ending'; readonly own: unknown }
	/** How it stands, while somebody looks on. */
	| { readonly what: 'look'; readonly look: ProcessLook };
